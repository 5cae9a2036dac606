import { DEFAULT_PAYLOAD_LIMITS } from '../payload-limits.js';
import { parseObject, unreadable, type PayloadOwner } from '../payload/payload-text.js';

/** What an operator wants of a process; handled by its process manager, in whatever service that runs. */
export const PROCESS_REQUESTED = 'eventspan.process-requested';

/**
 * `resume`: a parked process sends what was refused once more, under a new command id. `skip`: it goes on without; also one that is
 * compensating and waits to hear of a command. `compensate`: its steps are
 * undone.
 */
export type ProcessRequestKind = 'resume' | 'skip' | 'compensate';

/** The payload of {@link PROCESS_REQUESTED}. */
export interface ProcessRequested {
  readonly process: string;
  readonly processId: string;
  readonly kind: ProcessRequestKind;
  /** Why; always there for `skip` and `compensate`. */
  readonly reason?: string;
}

const KINDS: readonly unknown[] = ['resume', 'skip', 'compensate'];
const OWNER: PayloadOwner = { label: PROCESS_REQUESTED, part: 'payload', limits: DEFAULT_PAYLOAD_LIMITS };

/** Throws `PAYLOAD_UNREADABLE`. */
export function parseProcessRequested({ data }: { readonly data: string }): ProcessRequested {
  const requested = parseObject(data, OWNER) as Partial<ProcessRequested>;
  if (typeof requested.process !== 'string') throw unreadable(OWNER, { path: '.process', reason: 'it is not a string' });
  if (typeof requested.processId !== 'string') throw unreadable(OWNER, { path: '.processId', reason: 'it is not a string' });
  if (!KINDS.includes(requested.kind)) throw unreadable(OWNER, { path: '.kind', reason: 'it is not resume, skip or compensate' });
  return requested as ProcessRequested;
}
