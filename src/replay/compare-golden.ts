import { EventspanError } from '../errors/eventspan-error.js';
import type { GoldenStream } from './golden-file.js';
import { stateDifference } from './state-difference.js';

/** One stream: as it was kept, and as it is now. */
export interface GoldenComparison {
  readonly streamId: string;
  /** The golden file. */
  readonly golden: string;
  readonly kept: GoldenStream | undefined;
  readonly now: GoldenStream;
  /** Of its events, by version. */
  readonly types: readonly string[];
}

/** Why the stream is not as it was kept; undefined when it is. */
export function goldenFault(comparison: GoldenComparison): EventspanError | undefined {
  const { streamId, golden, kept, now } = comparison;
  if (kept === undefined) return new EventspanError('GOLDEN_MISSING', { streamId, golden });
  if (kept.history !== now.history) {
    const reason = kept.version === now.version ? 'other events' : `${kept.version} events then, ${now.version} now`;
    return new EventspanError('GOLDEN_OUTDATED', { streamId, golden, reason });
  }
  const difference = differenceOf(kept, now, comparison.types);
  return difference === undefined ? undefined : new EventspanError('GOLDEN_DIFFERS', { streamId, golden, difference });
}

function differenceOf(kept: GoldenStream, now: GoldenStream, types: readonly string[]): string | undefined {
  const states = stateDifference(kept.state, now.state);
  const first = now.hashes.findIndex((hash, at) => hash !== kept.hashes[at]);
  if (states === '' && first === -1) return undefined;
  const where =
    first === -1
      ? `At version ${now.version} (golden → now):`
      : `They differ from version ${first + 1} on, after ${types[first]}. At version ${now.version} (golden → now):`;
  return `${where}\n${states === '' ? '  the states are the same again' : states}`;
}
