import { isUtf8 } from 'node:buffer';
import type { Row } from '../../event-store/read-models.js';
import { isStorableText } from '../../event-store/well-formed.js';
import type { ReceivedMessage } from '../../messaging/incoming-message.js';

/** A message as text that every store takes. */
export interface LetterContents {
  /** JSON text of an object. */
  readonly attributes: string;
  readonly transportKey: string;
  /** How `data` is written. `cut`: only its beginning is kept, and it cannot be handled again before it is edited. */
  readonly encoding: 'utf8' | 'base64' | 'cut';
  readonly data: string;
}

/** What a column takes. */
const MAX_CHARACTERS = 2_621_440;
const CUT_CHARACTERS = 100_000;
const MAX_KEY_CHARACTERS = 1_024;

/** A copy of the message, to the byte where it can be kept whole. */
export function contentsOf({ attributes, data, bytes, orderingKey }: ReceivedMessage): LetterContents {
  const text = JSON.stringify(attributes);
  const transportKey = isStorableText(orderingKey) ? orderingKey.slice(0, MAX_KEY_CHARACTERS) : '';
  if (text.length > MAX_CHARACTERS) return { attributes: '{}', transportKey, encoding: 'cut', data: beginningOf(text) };
  return { attributes: text, transportKey, ...bodyOf(data, bytes) };
}

function bodyOf(data: string, bytes: Uint8Array | undefined): Pick<LetterContents, 'encoding' | 'data'> {
  const isText = isStorableText(data) && (bytes === undefined || isUtf8(bytes));
  const written = isText ? data : Buffer.from(bytes ?? Buffer.from(data)).toString('base64');
  if (written.length > MAX_CHARACTERS) return { encoding: 'cut', data: beginningOf(data) };
  return { encoding: isText ? 'utf8' : 'base64', data: written };
}

/** The message again; undefined where not all of it was kept. */
export function messageOfContents({ attributes, transportKey, encoding, data }: LetterContents): ReceivedMessage | undefined {
  if (encoding === 'cut') return undefined;
  const message = { attributes: attributesOf(attributes), orderingKey: transportKey };
  if (encoding === 'utf8') return { ...message, data };
  const bytes = Buffer.from(data, 'base64');
  return { ...message, data: bytes.toString('utf8'), bytes };
}

export function contentsOfRow(row: Row): LetterContents {
  return {
    attributes: String(row['attributes']),
    transportKey: typeof row['transport_key'] === 'string' ? row['transport_key'] : '',
    encoding: row['encoding'] as LetterContents['encoding'],
    data: String(row['data']),
  };
}

/** Attributes that an operator gave, or that were kept. Own properties only, whatever their names. */
export function attributesOf(text: string): Readonly<Record<string, string>> {
  const parsed = JSON.parse(text) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, String(value)]));
}

/** Without half a surrogate pair at its end, and NUL, which no store takes. */
function beginningOf(text: string): string {
  return Buffer.from(text.slice(0, CUT_CHARACTERS), 'utf8').toString('utf8').replaceAll('\0', '\u{fffd}');
}
