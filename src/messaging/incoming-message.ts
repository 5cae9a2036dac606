import type { EventMetadata } from '../messages/metadata.js';
import type { Delivery, TransportMessage } from './transport.js';

/** A message as a decoder sees it: a delivery without its answers, or any message that came another way (a push, a test). */
export type ReceivedMessage = TransportMessage & Pick<Delivery, 'attempt' | 'bytes' | 'messageId' | 'publishedAt'>;

/** Where a message comes from, as far as it says so. */
export type MessageMetadata = Partial<Pick<EventMetadata, 'correlationId' | 'causationId' | 'traceparent' | 'tracestate'>>;

/** A message from outside, read: whatever its format, a consumer sees this. */
export interface IncomingMessage {
  /** 1 to 1,024 characters; unique within its source, so that `source` and `id` together tell repeats. */
  readonly id: string;
  /** Which system it is from. */
  readonly source?: string;
  /** The wire name: which event it is. 1 to 1,024 characters. */
  readonly type: string;
  /** What it is about: of an Eventspan message the stream id. */
  readonly subject?: string;
  /** Its place in its stream. Of an Eventspan message. */
  readonly streamVersion?: number;
  /** The version of the schema of `data`; 1 where the message says nothing. */
  readonly schemaVersion: number;
  readonly time?: Date;
  /** JSON text of any JSON value, to the character as it was sent where it was sent as JSON; `null` where there was no body. */
  readonly data: string;
  readonly metadata: MessageMetadata;
  /** The name of the format that took it. */
  readonly format: string;
}

/** What a format makes of a message. */
export type DecodedMessage = Omit<IncomingMessage, 'format'>;

/**
 * One way to read messages from outside; give one of your own for what Eventspan does not know (Avro, protobuf). What it throws becomes the
 * reason of `MESSAGE_UNREADABLE`, and what it answers is checked. Must not wait for anything.
 */
export interface MessageFormat {
  readonly name: string;
  /** Whether the message is of this format, by its attributes: cheap, and before the body is looked into. */
  matches(message: ReceivedMessage): boolean;
  decode(message: ReceivedMessage): DecodedMessage;
}
