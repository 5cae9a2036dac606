import type { Engines } from './engines.js';

/** Starts everything in order; where one part cannot start, nothing runs. Throws what it throws. */
export async function startEngines({ relay, projections, others }: Pick<Engines, 'relay' | 'projections' | 'others'>): Promise<void> {
  try {
    await projections.inline?.start();
    await projections.set?.start();
    relay?.start();
    for (const engine of others) await engine.start();
  } catch (error) {
    for (const engine of others.toReversed()) await engine.stop({ deadlineMs: 0 });
    await projections.set?.reset();
    throw error;
  }
}
