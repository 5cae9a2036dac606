import { EventspanError } from '../errors/eventspan-error.js';
import { comparePositions, type Position } from './position.js';
import { decodeToken, encodeToken, type ShardPositions } from './consistency-token.js';

/** The name of the HTTP header, and of a message attribute, that carries a consistency token. */
export const TOKEN_HEADER = 'eventspan-token';

/** Characters of all tokens of one carrier together; HTTP servers refuse headers not much longer. */
const MAX_LENGTH = 8_192;

/** `Headers` of fetch, Node's `IncomingHttpHeaders`, attributes of a message, or any plain object of names and values. */
export type TokenCarrier = { get(name: string): string | null | undefined } | Readonly<Record<string, unknown>>;

/**
 * The header (or message attribute) that tells the next reader what it shall see: `{ 'eventspan-token': '…' }` of a command's result or a
 * token. Throws `TOKEN_INVALID` for text that is no token, and for a token of more than 8,192 characters.
 */
export function tokenHeaders(result: string | { readonly token: string }): Readonly<Record<typeof TOKEN_HEADER, string>> {
  const token = typeof result === 'string' ? result : result.token;
  checkLength(token);
  decodeToken(token);
  return { [TOKEN_HEADER]: token };
}

/**
 * The token of the header, in any spelling of its name; undefined where there is none. Several tokens (a list, or one text with commas, as
 * HTTP joins headers of one name) become one, which is reached when all are. Throws `TOKEN_INVALID`, also for more than 8,192 characters:
 * a header comes from outside.
 */
export function tokenFromHeaders(headers: TokenCarrier): string | undefined {
  const tokens = valuesOf(headers).flatMap((value) => {
    if (typeof value !== 'string') throw invalid(String(value));
    checkLength(value);
    return value.split(',').map((text) => text.trim());
  });
  const [first] = tokens.filter((text) => text !== '');
  return first === undefined ? undefined : mergeTokens(tokens.filter((text) => text !== ''));
}

/** One token that is reached when all are: of each shard the furthest position. Throws `TOKEN_INVALID`. */
export function mergeTokens(tokens: readonly string[]): string {
  const [only] = tokens;
  const positions = mergePositions(tokens.map(decodeToken));
  if (tokens.length === 1 && only !== undefined) return only;
  const merged = encodeToken(positions);
  checkLength(merged);
  return merged;
}

function mergePositions(all: readonly ShardPositions[]): ShardPositions {
  const furthest = new Map<number, Position>();
  for (const [shard, position] of all.flatMap((positions) => [...positions])) {
    const known = furthest.get(shard);
    if (known === undefined || comparePositions(known, position) < 0) furthest.set(shard, position);
  }
  return furthest;
}

function valuesOf(headers: TokenCarrier): readonly unknown[] {
  if (typeof headers['get'] === 'function') {
    const value = (headers as { get(name: string): unknown }).get(TOKEN_HEADER);
    return value === null || value === undefined ? [] : [value];
  }
  const named = Object.entries(headers).filter(([name, value]) => name.toLowerCase() === TOKEN_HEADER && value !== undefined);
  return named.flatMap(([, value]) => (Array.isArray(value) ? (value as readonly unknown[]) : [value]));
}

function checkLength(text: string): void {
  if (text.length > MAX_LENGTH) throw invalid(`${text.slice(0, 40)}… of ${text.length} characters`);
}

function invalid(value: string): EventspanError {
  return new EventspanError('TOKEN_INVALID', { value });
}
