/**
 * Where an append expects its stream to be:
 * a number `n` ≥ 1: exactly at version n; `'none'` (or 0): no events yet; `'exists'`: at least one event; `'any'`: no matter.
 */
export type ExpectedVersion = number | 'none' | 'exists' | 'any';
