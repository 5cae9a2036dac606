import { Hydrator } from './hydrate.js';
import type { HydrationPlan } from './hydration-plan.js';
import { PayloadGuard } from './payload-guard.js';
import { checkSize, notExact, parseObject, unreadable, type PayloadOwner } from './payload-text.js';

const IS_ARRAY = { path: '', reason: 'it is an array' };

/** The short path: JSON.stringify after one guarding walk, JSON.parse before one hydrating walk. */
export function createDirectCodec(plan: HydrationPlan, owner: PayloadOwner) {
  const hydrator = new Hydrator(owner.limits);
  return {
    serialize(value: object): string {
      const fault = Array.isArray(value) ? IS_ARRAY : new PayloadGuard(owner.limits).inspect(value, plan);
      if (fault) throw notExact(owner, fault);
      return checkSize(JSON.stringify(value), owner);
    },
    deserialize(text: string): object {
      const value = parseObject(text, owner);
      const fault = hydrator.hydrate(value, plan);
      if (fault) throw unreadable(owner, fault);
      return value;
    },
  };
}
