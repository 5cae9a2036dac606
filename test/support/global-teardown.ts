/** After the run: stops the emulators that global-setup started for it. */
async function globalTeardown(): Promise<void> {
  await (globalThis as { stopTestEmulators?: () => Promise<void> }).stopTestEmulators?.();
}

export = globalTeardown;
