import type { Constructor } from '../constructor.js';
import type { ClassShape } from './class-shape.js';

/** What stored JSON becomes at one place, made once per class. Applies to a value and to the elements of an array alike. */
export interface HydrationPlan {
  readonly prototype: object;
  readonly isDate: boolean;
  /** Fields with a plan of their own; undefined when there are none. May lead back to this plan (trees). */
  readonly fields: ReadonlyMap<string, HydrationPlan> | undefined;
}

type Plans = Map<Constructor, HydrationPlan>;

/** The plan of `root`; `reachable` has its shape and those of all it reaches by `@Type`, which must all be `isDirect`. */
export function buildHydrationPlan(root: Constructor, reachable: ReadonlyMap<Constructor, ClassShape>): HydrationPlan {
  return planOf(root, reachable, new Map([[Date, { prototype: Date.prototype, isDate: true, fields: undefined }]]));
}

function planOf(type: Constructor, reachable: ReadonlyMap<Constructor, ClassShape>, plans: Plans): HydrationPlan {
  const known = plans.get(type);
  if (known) return known;
  const fields = new Map<string, HydrationPlan>();
  const shape = reachable.get(type);
  const isTyped = shape !== undefined && shape.fields.size > 0;
  const plan = { prototype: type.prototype as object, isDate: false, fields: isTyped ? fields : undefined };
  plans.set(type, plan);
  for (const [name, field] of shape?.fields ?? []) {
    if (field.type) fields.set(name, planOf(field.type, reachable, plans));
  }
  return plan;
}
