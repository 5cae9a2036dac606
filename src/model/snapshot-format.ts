import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';
import { createPayloadCodec, type PayloadCodec } from '../messages/payload-codec.js';
import { murmur3 } from '../support/murmur3.js';
import { DEFAULT_SNAPSHOT_REVISION } from './aggregate-options.js';
import { readSnapshotHead } from './snapshot-head.js';
import { stateShape } from './state-shape.js';

/** A snapshot as it was read. */
export interface ReadSnapshot {
  readonly version: number;
  readonly state: object;
}

/** Whose snapshots they are. */
export interface SnapshotFormatOptions {
  /** For errors. */
  readonly label: string;
  /** As the user counts it. Default 1. */
  readonly revision: number | undefined;
  /** The state before the first event. */
  readonly initial: () => unknown;
}

/**
 * Snapshots as JSON text: `{"revision":"1-3f2a9c1e","version":100,"state":{...}}`. The state goes through the same codec as
 * event payloads, so that what cannot be stored exactly is refused with its path.
 *
 * The revision is the user's number and a hash of the state's shape: a snapshot of a state that has changed is told by its head.
 */
export class SnapshotFormat {
  #codec: PayloadCodec | undefined;
  #revision: string | undefined;

  constructor(
    private readonly type: Constructor,
    private readonly options: SnapshotFormatOptions,
  ) {}

  /** `1-3f2a9c1e`; found when it is first needed. Throws what making the initial state throws. */
  get revision(): string {
    const { revision = DEFAULT_SNAPSHOT_REVISION, initial } = this.options;
    this.#revision ??= `${revision}-${murmur3(stateShape(this.type, initial())).toString(16).padStart(8, '0')}`;
    return this.#revision;
  }

  /** Throws `CLASS_NOT_STORABLE` when states of this class can never be stored; so that it is known before the first snapshot. */
  check(): void {
    this.#codecOf();
  }

  /** Throws `PAYLOAD_NOT_EXACT`, `PAYLOAD_TOO_LARGE`. */
  write(state: object, version: number): string {
    return `{"revision":"${this.revision}","version":${version},"state":${this.#codecOf().serialize(state)}}`;
  }

  /** Throws `PAYLOAD_UNREADABLE`, `PAYLOAD_TOO_LARGE`. */
  read(text: string): ReadSnapshot {
    const head = readSnapshotHead(text);
    if (head === undefined) throw this.#unreadable('it is not a snapshot');
    if (head.revision !== this.revision) throw this.#unreadable(`it has revision ${head.revision}, and ${this.revision} is wanted`);
    return { version: head.version, state: this.#codecOf().deserialize(text.slice(head.length, -1)) };
  }

  #unreadable(reason: string): EventspanError {
    return new EventspanError('PAYLOAD_UNREADABLE', { type: this.options.label, path: '$', reason });
  }

  /** Made when first needed: an aggregate without snapshots may keep what it likes. */
  #codecOf(): PayloadCodec {
    this.#codec ??= createPayloadCodec(this.type, this.options.label);
    return this.#codec;
  }
}
