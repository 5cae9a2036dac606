import { EventspanError, type Generation } from '../index.js';

/** A generation as people write it: `v2`, of later runs `v2.1`. */
export function generationText({ version, run }: Pick<Generation, 'version' | 'run'>): string {
  return run === 0 ? `v${version}` : `v${version}.${run}`;
}

/** Reads {@link generationText}'s text; throws `OPTION_INVALID`. */
export function parseGeneration(text: string): Pick<Generation, 'version' | 'run'> {
  const [, version, run = '0'] = /^v?(\d{1,10})(?:\.(\d{1,5}))?$/.exec(text) ?? [];
  if (version !== undefined) return { version: Number(version), run: Number(run) };
  throw new EventspanError('OPTION_INVALID', { path: 'generation', value: text, bound: 'a generation, such as v2 or v2.1' });
}
