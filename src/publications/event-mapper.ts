import { EventspanError } from '../errors/eventspan-error.js';
import { EventReader, type NeighbourSource } from '../event-store/event-reader.js';
import { commitTimeOf, type StoredEvent } from '../event-store/stored-event.js';
import type { EventRegistry } from '../messages/event-registry.js';
import { toIntegrationMessage } from '../messaging/integration-message.js';
import type { TransportMessage } from '../messaging/transport.js';
import { mergePolicies, resolvePolicy, type HandlerPolicy } from '../subscriptions/handler-policy.js';
import { orAbort } from '../support/abort.js';
import type { Clock } from '../support/clock.js';
import { within } from '../support/within.js';
import { IntegrationEvents } from './integration-events.js';
import { mappingContextOf } from './mapping-context.js';
import type { PublicationContext, PublicationDefinition } from './publication-definition.js';

/** What a publication's mappings run on. */
export interface EventMapperOptions {
  readonly publication: PublicationDefinition;
  readonly events: EventRegistry;
  /** Where the neighbours of events are read that upcasters merge. */
  readonly streams: NeighbourSource;
  /** `ce-source`. */
  readonly source: string;
  readonly clock: Clock;
  /** What publication and mappings leave open. */
  readonly policy: HandlerPolicy;
}

interface Treatment {
  readonly isTaken: boolean;
  readonly policy: HandlerPolicy;
  readonly timeoutMs: number;
}

/** Makes the messages of stored events: read as the classes of today, mapped, written. */
export class EventMapper {
  private readonly taken: ReadonlySet<unknown>;
  /** By wire name. */
  private readonly treatments = new Map<string, Treatment>();
  private readonly reader: EventReader;
  private readonly written: IntegrationEvents;

  constructor(private readonly options: EventMapperOptions) {
    this.taken = new Set(options.publication.events.map((type): unknown => type.prototype));
    this.reader = new EventReader(options.events, options.streams);
    this.written = new IntegrationEvents(options.publication);
  }

  /** Whether the event is one that may be published. */
  takes({ type }: StoredEvent): boolean {
    return this.treatmentOf(type).isTaken;
  }

  policyOf({ type }: StoredEvent): HandlerPolicy {
    return this.treatmentOf(type).policy;
  }

  /**
   * The messages of one event, in order; none where it is not taken or not published. Throws what reading and mapping throw, `HANDLER_TIMED_OUT`,
   * `PUBLICATION_RESULT_INVALID`, and the signal's reason.
   */
  async messagesOf(stored: StoredEvent, signal: AbortSignal): Promise<readonly TransportMessage[]> {
    const { isTaken, timeoutMs } = this.treatmentOf(stored.type);
    if (!isTaken) return [];
    const read = await this.reader.read(stored);
    const context = mappingContextOf(stored);
    const mapped: object[] = [];
    for (const event of read) {
      if (!this.taken.has(Object.getPrototypeOf(event))) continue;
      mapped.push(...this.written.listOf(await orAbort(this.inTime(event, context, timeoutMs), signal)));
    }
    return mapped.map((event, at) =>
      this.messageOf(event, mapped.length === 1 ? stored.eventId : `${stored.eventId}/${at + 1}`, { stored, context }),
    );
  }

  private async inTime(event: object, context: PublicationContext, timeoutMs: number): Promise<unknown> {
    const { publication, clock } = this.options;
    const mapping = publication.map(event, context);
    if (!isThenable(mapping) || timeoutMs === 0) return mapping;
    const mapped = Promise.resolve(mapping);
    if (await within(clock, timeoutMs, mapped)) return mapped;
    throw new EventspanError('HANDLER_TIMED_OUT', {
      type: event.constructor.name,
      projector: `publication ${publication.name}`,
      timeoutMs,
    });
  }

  private messageOf(
    event: object,
    id: string,
    { stored, context }: { readonly stored: StoredEvent; readonly context: PublicationContext },
  ): TransportMessage {
    const { streamId, version, shard, metadata } = context;
    const time = commitTimeOf(stored);
    const { source } = this.options;
    return toIntegrationMessage({ id, source, streamId, streamVersion: version, shard, time, metadata, ...this.written.serialize(event) });
  }

  private treatmentOf(type: string): Treatment {
    const known = this.treatments.get(type);
    if (known !== undefined) return known;
    const { publication, events, policy: open } = this.options;
    const first = [...events.becomes(type)].find((each) => this.taken.has(each.prototype));
    const policy = mergePolicies(publication, first && publication.policyOf?.(first));
    const treatment = { isTaken: first !== undefined, policy, timeoutMs: resolvePolicy(open, policy).timeoutMs };
    this.treatments.set(type, treatment);
    return treatment;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
