import { EventspanError } from '../../errors/eventspan-error.js';
import type { EventDescription } from '../event-description.js';
import { keyOf, type ChainMap, type EventVersion } from './chain-map.js';
import { jsonDifference } from './json-difference.js';
import type { PlainJson } from './plain-json.js';
import type { UpcastContext } from './upcast-context.js';
import type { Downcaster } from './upcaster.js';
import type { Upcasting } from './upcasting.js';
import { messageOf } from '../../support/message-of.js';

interface DowncastingParts {
  readonly chains: ChainMap;
  readonly json: PlainJson;
  readonly upcasting: Upcasting;
  readonly downs: readonly Downcaster[];
}

/** Writes events in an older version, and makes sure that they can be read back as they were. */
export class Downcasting {
  private readonly downs = new Map<string, Downcaster>();

  /** Throws `UPCASTER_DUPLICATE`, `UPCASTER_UNREACHABLE`, `DOWNCASTER_MISSING`, `UPCASTER_INVALID`. */
  constructor(private readonly parts: DowncastingParts) {
    for (const down of parts.downs) this.add(down);
    for (const event of parts.chains.events) this.check(event);
  }

  /** The payload, given in the version of today, in `writeVersion`. Throws `DOWNCAST_FAILED`, `DOWNCAST_LOSSY`. */
  write(event: EventDescription, data: string): string {
    const { json } = this.parts;
    let text = data;
    for (let version = event.version - 1; version >= event.writeVersion; version--) {
      const down = this.downs.get(keyOf({ name: event.name, version })) as Downcaster;
      const written = json.write(attempt(event, down, json.parse(text, event.name)));
      if ('fault' in written)
        throw failed(event, down, `it gave what cannot be a payload at $${written.fault.path}: ${written.fault.reason}`);
      text = written.text;
    }
    this.verify(event, data, text);
    return text;
  }

  private verify(event: EventDescription, data: string, written: string): void {
    const { json, upcasting } = this.parts;
    const at = { name: event.name, version: event.writeVersion };
    const back = upcasting.toToday({ at, text: written }, trialContext(event))[0]?.text ?? '{}';
    const difference = jsonDifference(json.parse(data, event.name), json.parse(back, event.name));
    if (difference === undefined) return;
    const { path, reason } = difference;
    throw new EventspanError('DOWNCAST_LOSSY', { event: event.name, version: event.writeVersion, path: `$${path}`, reason });
  }

  private add(down: Downcaster): void {
    const { chains } = this.parts;
    const at = { name: chains.nameOf(down.event), version: down.to };
    const event = chains.classOf(at.name);
    if (event === undefined || down.to >= event.version || down.to < event.oldestVersion) {
      const reason = event
        ? `${event.type.name} has the versions ${event.oldestVersion} to ${event.version}`
        : `${at.name} is not registered`;
      throw new EventspanError('UPCASTER_UNREACHABLE', { upcaster: down.label, reason });
    }
    const other = this.downs.get(keyOf(at));
    if (other !== undefined)
      throw new EventspanError('UPCASTER_DUPLICATE', { event: at.name, version: at.version + 1, first: other.label, second: down.label });
    this.downs.set(keyOf(at), down);
  }

  private check(event: EventDescription): void {
    for (let version = event.writeVersion; version < event.version; version++) {
      const at = { name: event.name, version };
      if (!this.downs.has(keyOf(at))) {
        const sample = `downcast(${event.type.name}, { to: ${version} }, (data) => ({ ...data /* as version ${version} */ }))`;
        throw new EventspanError('DOWNCASTER_MISSING', { event: event.name, writeVersion: event.writeVersion, version, sample });
      }
      this.checkWayBack(event, at);
    }
  }

  /** What is written must come back as itself and nothing else. */
  private checkWayBack(event: EventDescription, at: EventVersion): void {
    const { steps, merges } = this.parts.chains;
    const step = steps.get(keyOf(at));
    const leads = step?.into.every(({ name }) => name === event.name) === true && ['change', 'unchanged'].includes(step.upcaster.kind);
    const merge = merges.find(({ members }) => members.some((member) => keyOf(member) === keyOf(at)));
    if (leads && merge === undefined) return;
    const upcaster = merge?.upcaster.label ?? step?.upcaster.label ?? event.type.name;
    const reason = `@Event of ${event.type.name} has writeVersion ${event.writeVersion}, and from version ${at.version} it does not lead to the same event`;
    throw new EventspanError('UPCASTER_INVALID', { upcaster, reason });
  }
}

function attempt(event: EventDescription, down: Downcaster, data: object): unknown {
  try {
    return down.run(data);
  } catch (cause) {
    throw failed(event, down, messageOf(cause), cause);
  }
}

function failed(event: EventDescription, down: Pick<Downcaster, 'label' | 'to'>, ...[reason, cause]: [string, unknown?]): EventspanError {
  return new EventspanError('DOWNCAST_FAILED', { downcaster: down.label, event: event.name, version: down.to, reason }, { cause });
}

/** While an event is recorded it has no place yet; an upcaster that looks at it cannot be tried. */
function trialContext(event: EventDescription): UpcastContext {
  const refuse = (fact: string): never => {
    const reason = `its upcaster looks at the stored event's ${fact}, which is not known while the event is recorded`;
    throw failed(event, { label: `the way back of ${event.type.name}`, to: event.writeVersion }, reason);
  };
  const facts = ['eventId', 'streamId', 'version', 'position', 'metadata'];
  const context = Object.defineProperties(
    { type: event.name },
    Object.fromEntries(facts.map((fact) => [fact, { get: () => refuse(fact), enumerable: true }])),
  );
  return context as unknown as UpcastContext;
}
