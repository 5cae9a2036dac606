import type { EventMetadata } from '../messages/metadata.js';
import type { CommonMetadata } from '../event-store/repository-recording.js';
import type { MessageContext } from './message-context.js';

/**
 * Metadata that a caller gives with a command, for all of its events. Other names may hold any JSON value. `commandId`, `source`,
 * `time` and `schemaVersion` are the framework's own.
 */
export interface CommandMetadata extends MessageContext {
  readonly commandId?: never;
  readonly source?: never;
  readonly time?: never;
  readonly schemaVersion?: never;
  readonly [name: string]: unknown;
}

/**
 * Adds metadata to each event as it is recorded: what it returns is merged under the fields that are set already, so that it can
 * add names but not change any. Synchronous; what it throws fails the command.
 */
export type EnrichMetadata = (
  metadata: EventMetadata,
  recorded: { readonly command: object; readonly event: object },
) => Readonly<Record<string, unknown>> | undefined;

/** Whose events they are. */
export interface CommandIdentity {
  readonly commandId: string;
  readonly source: string | undefined;
}

const OWN_FIELDS: ReadonlySet<string> = new Set(['commandId', 'source', 'time', 'schemaVersion']);

/**
 * The metadata common to a command's events. What the caller gives goes before the context; without either, the command begins
 * a correlation and is the cause. Undefined values are left out.
 */
export function commonMetadata(given: CommandMetadata, context: MessageContext, own: CommandIdentity): CommonMetadata {
  const { commandId, source } = own;
  const traced = given.traceparent === undefined ? context : given;
  const named = {
    correlationId: given.correlationId ?? context.correlationId ?? commandId,
    causationId: given.causationId ?? context.causationId ?? commandId,
    commandId,
    source,
    actor: given.actor ?? context.actor,
    traceparent: traced.traceparent,
    tracestate: traced.tracestate,
  };
  const others = Object.entries(given).filter(([name, value]) => value !== undefined && !OWN_FIELDS.has(name));
  return assignDefined(Object.fromEntries(others), named) as CommonMetadata;
}

/** The context inside a command: it is now the cause, the rest goes on. */
export function contextWithin(metadata: CommonMetadata, commandId: string): MessageContext {
  const { correlationId, actor, traceparent, tracestate } = metadata;
  return assignDefined({}, { correlationId, causationId: commandId, actor, traceparent, tracestate });
}

function assignDefined(target: Record<string, unknown>, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  for (const name of Object.keys(values)) {
    if (values[name] !== undefined) target[name] = values[name];
  }
  return target;
}
