import { randomUUID } from 'node:crypto';
import { EventspanError } from '../../errors/eventspan-error.js';
import { formatPosition, parsePosition } from '../../event-store/position.js';
import type { StoredEvent } from '../../event-store/stored-event.js';
import { isArray, isObject, type Json } from '../sorted-json.js';
import { FieldNames } from './field-names.js';
import type { MaskingOptions } from './masking-options.js';
import type { StreamSecrets } from './stream-secrets.js';
import { ValueMask } from './value-mask.js';
import { messageOf } from '../../support/message-of.js';

/** These say nothing of anyone, and events cannot be read without. */
const KEPT_METADATA: readonly string[] = ['time', 'source', 'schemaVersion'];
const TRACES: readonly string[] = ['traceparent', 'tracestate'];

/** Hides what of recorded events is personal, consistently over one recording. */
export class EventMask {
  /** What stays as it is, by event type: paths. */
  readonly kept = new Map<string, Set<string>>();
  private readonly values: ValueMask;
  private readonly fields: FieldNames;
  private readonly keep: FieldNames;
  /** Stream ids and the aggregate ids in them, which payloads refer to. */
  private readonly ids = new Map<string, string>();

  constructor(private readonly options: MaskingOptions) {
    this.values = new ValueMask(options.key ?? randomUUID());
    this.fields = new FieldNames(options.fields ?? []);
    this.keep = new FieldNames(options.keep ?? []);
  }

  /** Gives the id under which a stream is recorded. Where payloads refer to it, they will get the same. */
  addStream(streamId: string, aggregate: string): string {
    if (this.keeps('streamId')) return streamId;
    const head = streamId.startsWith(`${aggregate}-`) ? `${aggregate}-` : '';
    const id = streamId.slice(head.length);
    const masked = this.values.text(id);
    this.ids.set(id, masked).set(streamId, head + masked);
    return head + masked;
  }

  /** Throws `RECORD_MASK_FAILED`. Originals go into `secrets`, what stays is noted in it. */
  mask(event: StoredEvent, secrets: StreamSecrets): StoredEvent {
    const streamId = this.ids.get(event.streamId) ?? event.streamId;
    const data = this.value(JSON.parse(event.data) as Json, { type: event.type, path: [], secrets });
    return {
      ...event,
      streamId,
      eventId: this.keeps('id') ? event.eventId : this.values.text(event.eventId),
      position: formatPosition({ ...parsePosition(event.position), streamId }),
      data: JSON.stringify(data),
      metadata: JSON.stringify(this.metadata(JSON.parse(event.metadata) as Record<string, Json>, secrets)),
    };
  }

  /** Throws `RECORD_FIELD_UNKNOWN` when something that was named was never found. */
  finish(): void {
    const fields = [...this.fields.unknown(), ...this.keep.unknown()];
    if (fields.length === 0) return;
    const known = [...this.kept].map(([type, paths]) => `${type}: ${[...paths].join(', ')}`).join('; ');
    throw new EventspanError('RECORD_FIELD_UNKNOWN', { fields, known });
  }

  private value(value: Json, at: Place): Json {
    if (typeof value !== 'object' || value === null) return this.leaf(value, at);
    if (isArray(value)) return value.map((each) => this.value(each, at));
    const below = Object.entries(value).map(([name, each]) => [name, this.value(each, { ...at, path: [...at.path, name] })] as const);
    return Object.fromEntries(below);
  }

  private leaf(value: Json, { type, path, secrets }: Place): Json {
    if (this.keep.has(type, path)) return value;
    if (this.fields.has(type, path)) {
      secrets.hide(value);
      return this.values.json(value);
    }
    const masked = this.asked(value, type, path.join('.'));
    const reference = typeof masked === 'string' ? this.ids.get(masked) : undefined;
    if (masked !== value) secrets.hide(value);
    if (masked !== value || reference !== undefined) return reference ?? masked;
    this.note(type, path.join('.'));
    secrets.show(value, `${type}:${path.join('.')}`);
    return value;
  }

  private asked(value: Json, type: string, path: string): Json {
    if (this.options.mask === undefined) return value;
    const reason = (why: string, cause?: unknown): EventspanError =>
      new EventspanError('RECORD_MASK_FAILED', { type, path, reason: why }, { cause });
    let masked: Json;
    try {
      masked = this.options.mask(value, { type, path, mask: (each) => this.values.json(each) });
    } catch (cause) {
      throw reason(messageOf(cause), cause);
    }
    if (typeof masked === typeof value && !isObject(masked)) return masked;
    throw reason(`it gave ${typeof masked} for ${typeof value}`);
  }

  private metadata(metadata: Record<string, Json>, secrets: StreamSecrets): Json {
    const kept = Object.entries(metadata).filter(([name]) => !TRACES.includes(name) || this.keeps(`metadata.${name}`));
    return Object.fromEntries(kept.map(([name, value]) => [name, this.metadataValue(name, value, secrets)]));
  }

  private metadataValue(name: string, value: Json, secrets: StreamSecrets): Json {
    if (KEPT_METADATA.includes(name) || this.keeps(`metadata.${name}`)) return value;
    if (name === 'actor') secrets.hide(value);
    return this.values.json(value);
  }

  private keeps(what: string): boolean {
    return this.keep.has('', `@${what}`.split('.'));
  }

  private note(type: string, path: string): void {
    const paths = this.kept.get(type) ?? new Set();
    this.kept.set(type, paths.add(path));
  }
}

interface Place {
  readonly type: string;
  readonly path: readonly string[];
  readonly secrets: StreamSecrets;
}
