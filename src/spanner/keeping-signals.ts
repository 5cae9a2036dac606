const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Loads something, and takes away again what it installed for SIGINT and SIGTERM. `@google-cloud/spanner` installs a listener for each
 * when it is first loaded: one that does not end the process, while any listener at all keeps Node from ending it. Ctrl-C would do
 * nothing in each program that reads a store.
 *
 * Listeners that were there before stay, and so do those of other events. A package that the program had loaded by itself installs
 * nothing now: what it did then is the program's choice.
 */
export function keepingSignals<T>(load: () => T): T {
  const before = SIGNALS.map((signal) => ({ signal, listeners: new Set(process.rawListeners(signal)) }));
  try {
    return load();
  } finally {
    for (const { signal, listeners } of before) removeOthers(signal, listeners);
  }
}

function removeOthers(signal: NodeJS.Signals, kept: ReadonlySet<unknown>): void {
  for (const listener of process.rawListeners(signal)) {
    if (!kept.has(listener)) process.off(signal, listener as NodeJS.SignalsListener);
  }
}
