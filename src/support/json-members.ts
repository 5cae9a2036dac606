const SPACE = /[ \t\r\n]*/y;
const PRIMITIVE = /[^\s,{}[\]":]+/y;
const STRUCTURE = /["{}[\]]/g;

/** The members of a JSON object: names with the text of their values, as it stands in `text`. */
export type JsonMembers = ReadonlyMap<string, string>;

/**
 * The members of the object that `text` is, without parsing their values. That the values are JSON is for the caller to see, by parsing
 * them; then the whole is. Throws a SyntaxError on anything else, and on a name that is there twice.
 */
export function readMembers(text: string): JsonMembers {
  const members = new Map<string, string>();
  let at = expect(text, skipSpace(text, 0), '{');
  at = skipSpace(text, at);
  if (text[at] === '}') return atEnd(text, at + 1, members);
  for (;;) {
    at = skipSpace(text, at);
    const nameEnd = endOfString(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    if (members.has(name)) throw new SyntaxError(`${name} is in it twice`);
    const valueAt = skipSpace(text, expect(text, skipSpace(text, nameEnd), ':'));
    const valueEnd = endOfValue(text, valueAt);
    members.set(name, text.slice(valueAt, valueEnd));
    at = skipSpace(text, valueEnd);
    if (text[at] === '}') return atEnd(text, at + 1, members);
    at = expect(text, at, ',');
  }
}

function atEnd(text: string, at: number, members: JsonMembers): JsonMembers {
  if (skipSpace(text, at) === text.length) return members;
  throw unexpected(text, at);
}

function skipSpace(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (unit > 0x20) return at;
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}

function expect(text: string, at: number, character: string): number {
  if (text[at] !== character) throw unexpected(text, at);
  return at + 1;
}

function endOfValue(text: string, at: number): number {
  const first = text[at];
  if (first === '"') return endOfString(text, at);
  if (first === '{' || first === '[') return endOfNested(text, at);
  PRIMITIVE.lastIndex = at;
  if (!PRIMITIVE.test(text)) throw unexpected(text, at);
  return PRIMITIVE.lastIndex;
}

/** After the closing quote of the string that begins at `at`. */
function endOfString(text: string, at: number): number {
  if (text[at] !== '"') throw unexpected(text, at);
  for (let quote = text.indexOf('"', at + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
  throw new SyntaxError('it ends inside a string');
}

function endOfNested(text: string, start: number): number {
  let depth = 0;
  let at = start;
  for (;;) {
    STRUCTURE.lastIndex = at;
    const found = STRUCTURE.exec(text);
    if (found === null) throw new SyntaxError('it ends inside an object or array');
    const [character] = found;
    if (character === '"') {
      at = endOfString(text, found.index);
      continue;
    }
    at = found.index + 1;
    depth += character === '{' || character === '[' ? 1 : -1;
    if (depth === 0) return at;
  }
}

function unexpected(text: string, at: number): SyntaxError {
  return new SyntaxError(at >= text.length ? 'it ends too early' : `${JSON.stringify(text[at])} at character ${at + 1} cannot stand there`);
}
