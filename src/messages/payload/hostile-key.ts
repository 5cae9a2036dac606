/** Keys that reach an object's prototype or class when a program copies them carelessly; never stored, never read. */
export function isHostileKey(key: string): boolean {
  return key === '__proto__' || key === 'constructor' || key === 'prototype';
}
