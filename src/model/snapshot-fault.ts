import { DEFAULT_PAYLOAD_LIMITS } from '../messages/payload-limits.js';
import { readSnapshotHead } from './snapshot-head.js';

/**
 * Why a snapshot is not used:
 *
 * - `corrupt`: the text is no snapshot.
 * - `other-revision`: of another revision or shape of the state.
 * - `oversized`: larger than what may be stored.
 * - `newer-than-stream`, `other-version`: its text is of another version than the event beside which it is kept.
 * - `unreadable`: the state in it cannot be read, or making it threw.
 */
export type SnapshotFault = 'corrupt' | 'other-revision' | 'oversized' | 'newer-than-stream' | 'other-version' | 'unreadable';

/** Where a snapshot was found. */
export interface SnapshotPlace {
  /** Of the event beside which it is kept. */
  readonly version: number;
  /** Of the stream's last event. */
  readonly streamVersion: number;
}

/** Pure. What is wrong with a snapshot as far as its head and its length tell; undefined where its state may be read. */
export function snapshotFault(text: string, revision: string, place?: SnapshotPlace): SnapshotFault | undefined {
  if (text.length > DEFAULT_PAYLOAD_LIMITS.maxCharacters) return 'oversized';
  const head = readSnapshotHead(text);
  if (head === undefined) return 'corrupt';
  if (head.revision !== revision) return 'other-revision';
  if (place === undefined || head.version === place.version) return undefined;
  return head.version > place.streamVersion ? 'newer-than-stream' : 'other-version';
}
