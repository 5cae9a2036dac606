import { EventspanError } from '../../errors/eventspan-error.js';
import { describeEventClass } from '../event.decorator.js';
import type { EventDescription } from '../event-description.js';
import type { UpcasterList } from './upcaster-notes.js';
import type { EventReference, MergeUpcaster, Upcaster, UpcastTarget } from './upcaster.js';

/** One version of one event: a place in the chains. */
export interface EventVersion {
  /** The wire name; of a class, never one of its aliases. */
  readonly name: string;
  readonly version: number;
}

/** An upcaster with what it takes and leads to. */
export interface Step {
  readonly upcaster: Upcaster;
  readonly from: EventVersion;
  readonly into: readonly EventVersion[];
}

export interface MergeStep {
  readonly upcaster: MergeUpcaster;
  readonly members: readonly EventVersion[];
  readonly into: EventVersion;
}

/** `order.placed@1`; no wire name has an at sign. */
export function keyOf({ name, version }: EventVersion): string {
  return `${name}@${version}`;
}

/** The upcasters of an application, by the stored version that they take. */
export class ChainMap {
  /** By {@link keyOf}. */
  readonly steps = new Map<string, Step>();
  readonly merges: readonly MergeStep[];
  private readonly classes = new Map<string, EventDescription>();

  /** Throws `UPCASTER_DUPLICATE`, `CLASS_NOT_DECORATED`. */
  constructor(
    readonly events: readonly EventDescription[],
    { steps, merges }: Pick<UpcasterList, 'steps' | 'merges'>,
  ) {
    for (const event of events) for (const name of [event.name, ...event.aliases]) this.classes.set(name, event);
    for (const upcaster of steps) this.add(upcaster);
    this.merges = merges.map((upcaster) => ({
      upcaster,
      members: upcaster.members.map(({ event, from }) => ({ name: this.nameOf(event), version: from })),
      into: this.targetOf(upcaster.into),
    }));
    this.checkMergesDiffer();
  }

  /** The class that has this name or alias. */
  classOf(name: string): EventDescription | undefined {
    return this.classes.get(name);
  }

  isToday({ name, version }: EventVersion): boolean {
    return this.classes.get(name)?.version === version;
  }

  /** Whether stored events of this version can be read, as a class of today or by an upcaster. */
  isReadable(at: EventVersion): boolean {
    return this.isToday(at) || this.steps.has(keyOf(at));
  }

  /** The name under which an event's versions are counted: that of its class, where one claims the name. */
  canonical(name: string): string {
    return this.classes.get(name)?.name ?? name;
  }

  nameOf(event: EventReference): string {
    return this.canonical(typeof event === 'string' ? event : describeEventClass(event).name);
  }

  /** A class means its version of today. */
  targetOf(target: UpcastTarget): EventVersion {
    if (typeof target !== 'function') return { name: this.nameOf(target.event), version: target.version };
    const { name, version } = describeEventClass(target);
    return { name: this.canonical(name), version };
  }

  private add(upcaster: Upcaster): void {
    const from = { name: this.nameOf(upcaster.event), version: upcaster.from };
    const other = this.steps.get(keyOf(from));
    if (other !== undefined) throw duplicate(from, other.upcaster.label, upcaster.label);
    this.steps.set(keyOf(from), { upcaster, from, into: upcaster.into.map((target) => this.targetOf(target)) });
  }

  private checkMergesDiffer(): void {
    const known = new Map<string, MergeStep>();
    for (const merge of this.merges) {
      const key = merge.members.map(keyOf).join();
      const other = known.get(key);
      if (other !== undefined) throw duplicate(merge.members[0] as EventVersion, other.upcaster.label, merge.upcaster.label);
      known.set(key, merge);
    }
  }
}

function duplicate({ name, version }: EventVersion, first: string, second: string): EventspanError {
  return new EventspanError('UPCASTER_DUPLICATE', { event: name, version, first, second });
}
