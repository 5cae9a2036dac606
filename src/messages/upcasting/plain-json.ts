import { Hydrator } from '../payload/hydrate.js';
import type { PayloadFault } from '../payload/payload-fault.js';
import { PayloadGuard } from '../payload/payload-guard.js';
import { parseObject, unreadable, type PayloadOwner } from '../payload/payload-text.js';
import type { PayloadLimits } from '../payload-limits.js';

/** Plain JSON between the steps of a chain: every step gets a copy of its own, and gives only what JSON can carry. */
export class PlainJson {
  private readonly hydrator: Hydrator;

  constructor(private readonly limits: PayloadLimits) {
    this.hydrator = new Hydrator(limits);
  }

  /** Throws `PAYLOAD_UNREADABLE` (hostile keys, depth, no object), `PAYLOAD_TOO_LARGE`. */
  parse(text: string, label: string): object {
    const owner: PayloadOwner = { label, part: 'payload', limits: this.limits };
    const value = parseObject(text, owner);
    const fault = this.hydrator.hydrate(value, undefined);
    if (fault) throw unreadable(owner, fault);
    return value;
  }

  /** The text, or why `value` cannot be a payload. */
  write(value: unknown): { readonly text: string } | { readonly fault: PayloadFault } {
    const fault = whyNoObject(value) ?? new PayloadGuard(this.limits).inspect(value, undefined);
    if (fault === undefined) return { text: JSON.stringify(value) };
    return { fault: fault.isTooLarge ? { ...fault, reason: `it has more than ${this.limits.maxCharacters} values` } : fault };
  }
}

function whyNoObject(value: unknown): PayloadFault | undefined {
  if (typeof value !== 'object' || value === null)
    return { path: '', reason: `it is ${value === null ? 'null' : typeof value}, not an object` };
  if (Array.isArray(value)) return { path: '', reason: 'it is an array' };
  if (typeof (value as { readonly then?: unknown }).then !== 'function') return undefined;
  // A promise that is given up must not end the process when it is rejected.
  void Promise.resolve(value).catch(() => undefined);
  return { path: '', reason: 'it is a promise, and reading does not wait' };
}
