/** A constructor parameter as the source shows it. */
export interface ConstructorParameter {
  /** Undefined for a destructured or rest parameter. */
  readonly name: string | undefined;
  readonly hasDefault: boolean;
}

const OPENING = '([{';
const CLOSING = ')]}';
const QUOTES = '\'"`';
const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;

/** The parameters of a class's own constructor, read from its source text; none where it has no constructor. */
export function constructorParameters(source: string): readonly ConstructorParameter[] {
  const text = source.replace(COMMENTS, '');
  const head = /^function\b[^(]*\(/.exec(text) ?? /(?<![\w$.])constructor\s*\(/.exec(text);
  if (head === null) return [];
  return splitParameters(text.slice(head.index + head[0].length)).map(parameterOf);
}

/** Whether the source assigns the parameter to the field of the same name, as a parameter property does. */
export function assignsField(source: string, name: string): boolean {
  const escaped = name.replaceAll('$', '\\$');
  return new RegExp(`this\\.${escaped}\\s*=\\s*${escaped}\\b|defineProperty\\(this,\\s*["']${escaped}["']`).test(
    source.replace(COMMENTS, ''),
  );
}

function parameterOf(text: string): ConstructorParameter {
  const [, name, equals] = /^([A-Za-z_$][\w$]*)\s*(=)?/.exec(text) ?? [];
  return { name, hasDefault: equals !== undefined };
}

/** From behind the opening parenthesis to the one that closes it, cut at the commas between. */
function splitParameters(text: string): string[] {
  const parameters: string[] = [];
  let depth = 0;
  let start = 0;
  let at = 0;
  for (; depth >= 0 && at < text.length; at++) {
    const character = text[at] as string;
    if (QUOTES.includes(character)) at = endOfText(text, at);
    else if (OPENING.includes(character)) depth++;
    else if (CLOSING.includes(character)) depth--;
    else if (character === ',' && depth === 0) {
      parameters.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parameters.push(text.slice(start, at - 1));
  return parameters.map((parameter) => parameter.trim()).filter((parameter) => parameter !== '');
}

/** The index of the quote that ends the text which begins at `start`. */
function endOfText(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== text[start]) at += text[at] === '\\' ? 2 : 1;
  return at;
}
