/** Aborted by Ctrl-C or SIGTERM, so that a program can stop cleanly; a second one ends it at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => controller.abort(new Interrupted(`Stopped by ${signal}. Started again, it goes on from here.`)));
  }
  return controller.signal;
}

/** Why a program stopped before its end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
