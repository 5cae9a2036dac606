import type { PayloadLimits } from '../payload-limits.js';
import { isHostileKey } from './hostile-key.js';
import { enclose, type PayloadFault } from './payload-fault.js';

/**
 * Copies a tree of instances, plain objects and arrays, keeping prototypes and sharing everything else (Dates, Maps, buffers).
 * class-transformer gets the copy, because it writes discriminators into what it is given, calls functions that it finds in
 * properties, and recurses without bound: the copy has none of the functions and a bounded depth. A copier serves one copy.
 */
export class InstanceCopier {
  /** Set when {@link copy} met something that cannot go through class-transformer; the copy is then worthless. */
  fault: PayloadFault | undefined;
  private values = 0;

  constructor(private readonly limits: PayloadLimits) {}

  copy(value: unknown, depth = 1): unknown {
    if (++this.values > this.limits.maxCharacters) return this.fail({ path: '', reason: '', isTooLarge: true });
    if (typeof value === 'function') return this.fail({ path: '', reason: 'it is a function' });
    if (typeof value !== 'object' || value === null) return value;
    if (depth > this.limits.maxDepth) {
      return this.fail({ path: '', reason: `it is nested deeper than ${this.limits.maxDepth}`, deepest: value });
    }
    if (Array.isArray(value)) return this.copyArray(value, depth);
    return Object.prototype.toString.call(value) === '[object Object]' ? this.copyObject(value, depth) : value;
  }

  private copyArray(values: readonly unknown[], depth: number): unknown {
    if (values.length > this.limits.maxCharacters) return this.fail({ path: '', reason: '', isTooLarge: true });
    const copy: unknown[] = [];
    for (let at = 0; at < values.length && !this.fault; at++) {
      if (!(at in values)) this.fail({ path: '', reason: 'it is a hole in an array' });
      else copy.push(this.copy(values[at], depth + 1));
      if (this.fault) enclose(this.fault, values, at);
    }
    return copy;
  }

  private copyObject(value: object, depth: number): unknown {
    const copy = Object.create(Object.getPrototypeOf(value) as object | null) as object;
    for (const key of Object.keys(value)) {
      Object.defineProperty(copy, key, this.copyProperty(value, key, depth));
      if (this.fault) {
        enclose(this.fault, value, key);
        break;
      }
    }
    return copy;
  }

  private copyProperty(holder: object, key: string, depth: number): PropertyDescriptor {
    const property = Object.getOwnPropertyDescriptor(holder, key) as PropertyDescriptor;
    if (isHostileKey(key)) this.fail({ path: '', reason: 'this key is refused' });
    else if (property.get !== undefined || property.set !== undefined) this.fail({ path: '', reason: 'it is a getter' });
    const value = this.fault ? undefined : this.copy(property.value, depth + 1);
    return { value, writable: true, enumerable: true, configurable: true };
  }

  private fail(fault: PayloadFault): undefined {
    this.fault = fault;
  }
}
