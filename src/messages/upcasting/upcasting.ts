import { EventspanError, isEventspanError } from '../../errors/eventspan-error.js';
import type { PayloadFault } from '../payload/payload-fault.js';
import { keyOf, type ChainMap, type EventVersion, type MergeStep, type Step } from './chain-map.js';
import { missingUpcaster } from './check-chains.js';
import type { PlainJson } from './plain-json.js';
import { contextOf, type StoredRecord, type UpcastContext } from './upcast-context.js';
import { isBecoming } from './upcaster.js';
import { messageOf } from '../../support/message-of.js';

/** A payload on its way, as text: no step shares an object with another, or with what it gave. */
export interface PayloadAt {
  readonly at: EventVersion;
  readonly text: string;
}

/** A stored event with the version of its schema. */
export interface VersionedRecord<S extends StoredRecord = StoredRecord> {
  readonly stored: S;
  readonly schemaVersion: number;
}

/** Which upcaster is at work on what. */
interface Work {
  readonly label: string;
  readonly from: EventVersion;
  readonly context: UpcastContext;
}

/** Carries checked chains out. */
export class Upcasting {
  constructor(
    private readonly chains: ChainMap,
    private readonly json: PlainJson,
  ) {}

  /**
   * Payloads of classes of today, in order. Throws `UPCAST_FAILED`, `UPCAST_RESULT_INVALID`, `UPCASTER_MISSING`, `PAYLOAD_UNREADABLE`.
   */
  toToday(payload: PayloadAt, context: UpcastContext): readonly PayloadAt[] {
    if (this.chains.isToday(payload.at)) return [payload];
    const step = this.chains.steps.get(keyOf(payload.at));
    if (step === undefined) throw missingUpcaster(payload.at, 'there is no upcaster from it', this.chains.classOf(payload.at.name));
    return this.take(step, payload.text, context).flatMap((next) => this.toToday(next, context));
  }

  /** The one event that the members become, at the place of the last. Throws as {@link toToday}. */
  merge({ upcaster, into, members }: MergeStep, records: readonly VersionedRecord[]): readonly PayloadAt[] {
    const last = records.at(-1) as VersionedRecord;
    const work = { label: upcaster.label, from: members.at(-1) as EventVersion, context: contextOf(last.stored) };
    const data = records.map(({ stored }) => this.json.parse(stored.data, stored.type));
    const text = this.textOf(
      attempt(work, () => upcaster.run(data, work.context)),
      work,
    );
    return this.toToday({ at: into, text }, work.context);
  }

  private take({ upcaster, from, into }: Step, text: string, context: UpcastContext): readonly PayloadAt[] {
    if (upcaster.kind === 'drop') return [];
    if (upcaster.kind === 'unchanged') return into.map((at) => ({ at, text }));
    const work = { label: upcaster.label, from, context };
    const data = this.json.parse(text, from.name);
    const given = attempt(work, () => upcaster.run(data, context));
    if (upcaster.kind === 'split') return this.split(given, into, work);
    return into.map((at) => ({ at, text: this.textOf(given, work) }));
  }

  private split(given: unknown, into: readonly EventVersion[], work: Work): readonly PayloadAt[] {
    if (!Array.isArray(given)) throw resultInvalid(work, { path: '', reason: 'it is no array of becomes(Event, data)' });
    const known = new Set(into.map(keyOf));
    return (given as unknown[]).map((each, index) => {
      const path = `[${index}]`;
      if (!isBecoming(each)) throw resultInvalid(work, { path, reason: 'it was not made by becomes(Event, data)' });
      const at = this.chains.targetOf(each.target);
      if (!known.has(keyOf(at))) throw resultInvalid(work, { path, reason: `${keyOf(at)} is not among its into: [...]` });
      return { at, text: this.textOf(each.data, work, path) };
    });
  }

  private textOf(given: unknown, work: Work, path = ''): string {
    const written = this.json.write(given);
    if ('text' in written) return written.text;
    throw resultInvalid(work, { ...written.fault, path: path + written.fault.path });
  }
}

function attempt<R>({ label, from, context }: Work, run: () => R): R {
  try {
    return run();
  } catch (cause) {
    if (isEventspanError(cause, 'DOWNCAST_FAILED')) throw cause;
    const reason = messageOf(cause);
    const details = { upcaster: label, event: from.name, schemaVersion: from.version, ...placeOf(context), reason };
    throw new EventspanError('UPCAST_FAILED', details, { cause });
  }
}

/** An event that is being recorded has no place yet. */
function placeOf(context: UpcastContext): Pick<UpcastContext, 'streamId' | 'version' | 'position'> | Record<string, string> {
  try {
    const { streamId, version, position } = context;
    return { streamId, version, position };
  } catch {
    return { streamId: 'its stream', version: 'being recorded', position: 'no position yet' };
  }
}

function resultInvalid({ label, from }: Work, { path, reason }: PayloadFault): EventspanError {
  return new EventspanError('UPCAST_RESULT_INVALID', {
    upcaster: label,
    event: from.name,
    schemaVersion: from.version,
    path: `$${path}`,
    reason,
  });
}
