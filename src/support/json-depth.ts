const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Whether objects and arrays of a JSON text are nested more than `max` levels, without parsing it: a parser would make all of them first. Of a
 * text that is not JSON the answer says nothing.
 */
export function nestsDeeperThan(text: string, max: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (inString) {
      if (unit === BACKSLASH) at++;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (isOpening(unit) && ++depth > max) return true;
    else if (isClosing(unit)) depth--;
  }
  return false;
}

/** `[` or `{` */
function isOpening(unit: number): boolean {
  return unit === 0x5b || unit === 0x7b;
}

/** `]` or `}` */
function isClosing(unit: number): boolean {
  return unit === 0x5d || unit === 0x7d;
}
