/** True when `text` has no lone surrogate, so that it survives UTF-8. Spanner answers INTERNAL to one that has. */
export function isWellFormed(text: string): boolean {
  // Node 20 has String.prototype.isWellFormed (ES2024); the library typings of ES2023 do not.
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

/** True when every store gives `text` back as it is: well-formed, and without NUL, at which libsql cuts what it reads. */
export function isStorableText(text: string): boolean {
  return isWellFormed(text) && !text.includes('\u0000');
}
