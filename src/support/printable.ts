/**
 * What a terminal obeys instead of showing, or what turns text around: control characters (C0, DEL, C1), separators of lines, marks of direction,
 * halves of surrogate pairs.
 */
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu;

/** Text of unknown origin, fit for a terminal's line and still JSON where it was JSON: what would not be shown is shown as `\u001b`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
