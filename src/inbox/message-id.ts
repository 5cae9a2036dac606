import { createHash } from 'node:crypto';
import type { IncomingMessage, ReceivedMessage } from '../messaging/incoming-message.js';

/** Keys of rows are kept short; a longer id is known by its hash. */
const MAX_CHARACTERS = 300;

/** What a message is known by in the inbox of a consumer: its source and its id, unambiguously. */
export function inboxIdOf({ id, source }: Pick<IncomingMessage, 'id' | 'source'>): string {
  const text = source === undefined ? id : `${source.replaceAll('%', '%25').replaceAll('|', '%7C')}|${id}`;
  return text.length <= MAX_CHARACTERS ? text : `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** What a message that cannot be read is known by: the broker's id, or what is in it. */
export function unreadableIdOf({ messageId, attributes, data, bytes }: ReceivedMessage): string {
  if (messageId !== undefined && messageId !== '' && messageId.length <= MAX_CHARACTERS) return `unreadable:${messageId}`;
  const hash = createHash('sha256');
  hash.update(JSON.stringify(Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1))));
  return `unreadable:${hash.update(bytes ?? data).digest('hex')}`;
}
