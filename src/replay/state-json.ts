import { EventspanError } from '../errors/eventspan-error.js';
import { DEFAULT_PAYLOAD_LIMITS } from '../messages/payload-limits.js';
import { PlainJson } from '../messages/upcasting/plain-json.js';
import type { AggregateModel } from '../model/aggregate-model.js';
import { AggregateRoot } from '../model/aggregate-root.js';
import type { ReplayDomain } from './replay-domain.js';
import { sorted, type Json } from './sorted-json.js';
import { messageOf } from '../support/message-of.js';

const PLAIN = new PlainJson(DEFAULT_PAYLOAD_LIMITS);

/** A state with the stream it is of. */
export interface StateOfStream {
  readonly model: AggregateModel;
  readonly streamId: string;
  readonly version: number;
  readonly state: unknown;
}

/**
 * A state as plain JSON with sorted names: what a snapshot of it would hold, so exact to the last Date; or what `stateOf` picked of it.
 * Throws `REPLAY_STATE_UNREADABLE` with the path of what JSON cannot carry.
 */
export function stateJson(domain: ReplayDomain, of: StateOfStream): Json {
  const pick = domain.stateOf.get(of.model.name);
  try {
    return sorted(pick === undefined ? snapshotJson(of) : plainJson(pick(of.state as never)));
  } catch (cause) {
    const reason = messageOf(cause);
    const { streamId, version, model } = of;
    throw new EventspanError('REPLAY_STATE_UNREADABLE', { streamId, version, aggregate: model.name, reason }, { cause });
  }
}

/** Functional aggregates keep their state in an envelope of its own inside the snapshot. */
function snapshotJson({ model, state, version }: StateOfStream): Json {
  const snapshot = JSON.parse(model.toSnapshot(state, version)) as { readonly state: { readonly value?: Json } };
  return state instanceof AggregateRoot ? snapshot.state : (snapshot.state.value ?? null);
}

function plainJson(value: object): Json {
  const written = PLAIN.write(value);
  if ('text' in written) return JSON.parse(written.text) as Json;
  throw new TypeError(`at $${written.fault.path}: ${written.fault.reason}.`);
}
