import type { PayloadLimits } from '../payload-limits.js';
import { isHostileKey } from './hostile-key.js';
import type { HydrationPlan } from './hydration-plan.js';
import { enclose, type PayloadFault } from './payload-fault.js';

/**
 * One walk over a value before JSON.stringify: finds what would not come back from JSON as it is. A property whose value is
 * undefined passes (it is left out of the JSON and undefined again when read); everything else comes back equal or is a fault.
 * A guard serves one walk.
 */
export class PayloadGuard {
  private values = 0;

  constructor(
    private readonly limits: PayloadLimits,
    /** True for class-transformer's output, where the way back has been tried anyway. */
    private readonly acceptsDates = false,
  ) {}

  /** `plan`: what the value will be read back as; undefined for a plain JSON value. The payload itself has depth 1. */
  inspect(value: unknown, plan: HydrationPlan | undefined, depth = 1): PayloadFault | undefined {
    if (++this.values > this.limits.maxCharacters) return { path: '', reason: '', isTooLarge: true };
    if (typeof value === 'object') return value === null ? undefined : this.inspectObject(value, plan, depth);
    if (plan?.isDate) return fault(`its @Type says Date, it is a ${typeof value}`);
    return inspectPrimitive(value);
  }

  private inspectObject(value: object, plan: HydrationPlan | undefined, depth: number): PayloadFault | undefined {
    if (depth > this.limits.maxDepth) {
      return { path: '', reason: `it is nested deeper than ${this.limits.maxDepth}`, deepest: value };
    }
    if (Array.isArray(value)) return this.inspectArray(value, plan, depth);
    if (plan?.isDate || (this.acceptsDates && isDate(value))) return inspectDate(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    const isExpected = plan ? prototype === plan.prototype : isPlain(prototype);
    return isExpected ? this.inspectProperties(value, plan, depth) : fault(whyAnotherClass(value, plan));
  }

  private inspectArray(values: readonly unknown[], plan: HydrationPlan | undefined, depth: number): PayloadFault | undefined {
    if (!isArrayPrototype(Object.getPrototypeOf(values))) return fault('it is a subclass of Array and would be read back as an Array');
    if (values.length > this.limits.maxCharacters) return { path: '', reason: '', isTooLarge: true };
    for (let at = 0; at < values.length; at++) {
      const value = values[at];
      const found = value === undefined && !(at in values) ? fault('it is a hole in an array') : this.inspect(value, plan, depth + 1);
      if (found) return enclose(found, values, at);
    }
    const hasMore = Object.getOwnPropertyNames(values).length !== values.length + 1 || Object.getOwnPropertySymbols(values).length > 0;
    return hasMore ? fault('it is an array with properties besides its elements') : undefined;
  }

  private inspectProperties(value: object, plan: HydrationPlan | undefined, depth: number): PayloadFault | undefined {
    if (Object.getOwnPropertySymbols(value).length > 0) return fault('it has a property whose key is a symbol');
    const fields = plan?.fields;
    for (const key of Object.getOwnPropertyNames(value)) {
      const property = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
      const found = inspectKey(key, property) ?? this.inspectProperty(property.value, fields?.get(key), depth);
      if (found) return enclose(found, value, key);
    }
    return undefined;
  }

  private inspectProperty(value: unknown, plan: HydrationPlan | undefined, depth: number): PayloadFault | undefined {
    return value === undefined ? undefined : this.inspect(value, plan, depth + 1);
  }
}

function inspectPrimitive(value: unknown): PayloadFault | undefined {
  if (typeof value === 'string') return isWellFormed(value) ? undefined : fault('it has a lone surrogate');
  if (typeof value === 'boolean') return undefined;
  if (typeof value !== 'number') return fault(`it is ${value === undefined ? 'undefined' : `a ${typeof value}`}`);
  if (Object.is(value, -0)) return fault('it is -0');
  return Number.isFinite(value) ? undefined : fault(`it is ${value}`);
}

function inspectKey(key: string, property: PropertyDescriptor): PayloadFault | undefined {
  if (isHostileKey(key)) return fault('this key is refused');
  if (!isWellFormed(key)) return fault('the key has a lone surrogate');
  if (property.get !== undefined || property.set !== undefined) return fault('it is a getter');
  return property.enumerable ? undefined : fault('it is not enumerable');
}

function inspectDate(value: object): PayloadFault | undefined {
  if (!isDate(value)) return fault(`its @Type says Date, it is ${describe(value)}`);
  if (Number.isNaN(value.getTime())) return fault('it is an invalid Date');
  const prototype: unknown = Object.getPrototypeOf(value);
  const isOrdinary = prototype === Date.prototype || nameOf(prototype) === 'Date';
  return isOrdinary && Reflect.ownKeys(value).length === 0 ? undefined : fault('it is a Date with something of its own');
}

function whyAnotherClass(value: object, plan: HydrationPlan | undefined): string {
  const found = describe(value);
  if (plan) return `it is ${found} and would be read back as an instance of ${nameOf(plan.prototype)}`;
  if (isDate(value)) return 'it is a Date and would be read back as a string without @Type(() => Date) on its field';
  if (tagOf(value) !== 'Object') return `it is a ${tagOf(value)}, which JSON has not`;
  const name = nameOf(Object.getPrototypeOf(value));
  const cure = name === 'null' ? '' : ` without @Type(() => ${name}) on its field`;
  return `it is ${found} and would be read back as a plain object${cure}`;
}

function describe(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return 'an object without prototype';
  return isPlain(prototype) ? 'a plain object' : `an instance of ${nameOf(prototype)}`;
}

function nameOf(prototype: unknown): string {
  return (prototype as { readonly constructor?: { readonly name?: string } } | null)?.constructor?.name ?? 'null';
}

function isDate(value: object): value is Date {
  return tagOf(value) === 'Date';
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** Plain objects of another realm (`vm`, jest) count as plain. */
function isPlain(prototype: unknown): boolean {
  if (prototype === Object.prototype) return true;
  return prototype !== null && Object.getPrototypeOf(prototype) === null && nameOf(prototype) === 'Object';
}

function isArrayPrototype(prototype: unknown): boolean {
  if (prototype === Array.prototype) return true;
  return nameOf(prototype) === 'Array' && Object.getPrototypeOf(Object.getPrototypeOf(prototype)) === null;
}

/** ES2024, in Node since 20. */
function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

function fault(reason: string): PayloadFault {
  return { path: '', reason };
}
