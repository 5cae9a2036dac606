import type { PayloadLimits } from '../payload-limits.js';
import { isHostileKey } from './hostile-key.js';
import type { HydrationPlan } from './hydration-plan.js';
import { enclose, type PayloadFault } from './payload-fault.js';

/**
 * Turns freshly parsed JSON into what the plan says, in place: objects get their prototype, Dates take the place of their texts.
 * No constructor and no setter runs; every property stays an own property. Refuses hostile keys and what is too deep.
 */
export class Hydrator {
  constructor(private readonly limits: PayloadLimits) {}

  /** `value`: an object or array from JSON.parse, which nothing else refers to. */
  hydrate(value: object, plan: HydrationPlan | undefined, depth = 1): PayloadFault | undefined {
    if (depth > this.limits.maxDepth) return { path: '', reason: `it is nested deeper than ${this.limits.maxDepth}` };
    if (Array.isArray(value)) return this.hydrateElements(value, plan, depth);
    const found = this.hydrateProperties(value as Record<string, unknown>, plan?.fields, depth);
    if (found) return found;
    if (plan) Object.setPrototypeOf(value, plan.prototype);
    return undefined;
  }

  private hydrateElements(values: unknown[], plan: HydrationPlan | undefined, depth: number): PayloadFault | undefined {
    for (let at = 0; at < values.length; at++) {
      const found = this.hydrateChild(values, { key: at, plan }, depth);
      if (found) return enclose(found, values, at);
    }
    return undefined;
  }

  private hydrateProperties(value: Record<string, unknown>, fields: HydrationPlan['fields'], depth: number): PayloadFault | undefined {
    for (const key of Object.keys(value)) {
      if (isHostileKey(key)) return enclose({ path: '', reason: 'this key is refused' }, value, key);
      const found = this.hydrateChild(value, { key, plan: fields?.get(key) }, depth);
      if (found) return enclose(found, value, key);
    }
    return undefined;
  }

  private hydrateChild(
    holder: object,
    { key, plan }: { readonly key: string | number; readonly plan: HydrationPlan | undefined },
    depth: number,
  ): PayloadFault | undefined {
    const child = (holder as Record<string | number, unknown>)[key];
    if (plan?.isDate && !Array.isArray(child)) return hydrateDate(holder as Record<string | number, unknown>, key);
    return typeof child === 'object' && child !== null ? this.hydrate(child, plan, depth + 1) : undefined;
  }
}

function hydrateDate(holder: Record<string | number, unknown>, key: string | number): PayloadFault | undefined {
  const stored = holder[key];
  if (stored === null) return undefined;
  const date = new Date(typeof stored === 'string' || typeof stored === 'number' ? stored : Number.NaN);
  if (Number.isNaN(date.getTime())) return { path: '', reason: 'it is not a date' };
  holder[key] = date;
  return undefined;
}
