import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';
import { createPayloadCodec, type PayloadCodec } from '../messages/payload-codec.js';
import { DEFAULT_SNAPSHOT_REVISION } from './aggregate-options.js';

/** A snapshot as it was read. */
export interface ReadSnapshot {
  readonly version: number;
  readonly state: object;
}

/** The head is of fixed form, so that a snapshot of another revision is told without parsing its state. */
const TEXT = /^\{"revision":(\d+),"version":(\d+),"state":(.*)\}$/s;

/**
 * Snapshots as JSON text: `{"revision":1,"version":100,"state":{...}}`. The state goes through the same codec as
 * event payloads, so that what cannot be stored exactly is refused with its path.
 */
export class SnapshotFormat {
  #codec: PayloadCodec | undefined;

  constructor(
    private readonly type: Constructor,
    private readonly label: string,
    private readonly revision: number = DEFAULT_SNAPSHOT_REVISION,
  ) {}

  /** Throws `CLASS_NOT_STORABLE` when states of this class can never be stored; so that it is known before the first snapshot. */
  check(): void {
    this.#codecOf();
  }

  /** Throws `PAYLOAD_NOT_EXACT`, `PAYLOAD_TOO_LARGE`. */
  write(state: object, version: number): string {
    return `{"revision":${this.revision},"version":${version},"state":${this.#codecOf().serialize(state)}}`;
  }

  /** Whether {@link read} would succeed. */
  accepts(text: string): boolean {
    try {
      this.read(text);
      return true;
    } catch {
      return false;
    }
  }

  /** Throws `PAYLOAD_UNREADABLE`. */
  read(text: string): ReadSnapshot {
    const [, revision, version, state] = TEXT.exec(text) ?? [];
    if (state === undefined || Number(revision) !== this.revision) {
      const reason = revision === undefined ? 'it is not a snapshot' : `it has revision ${revision}, and ${this.revision} is wanted`;
      throw new EventspanError('PAYLOAD_UNREADABLE', { type: this.label, path: '$', reason });
    }
    return { version: Number(version), state: this.#codecOf().deserialize(state) };
  }

  /** Made when first needed: an aggregate without snapshots may keep what it likes. */
  #codecOf(): PayloadCodec {
    this.#codec ??= createPayloadCodec(this.type, this.label);
    return this.#codec;
  }
}
