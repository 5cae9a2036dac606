import { TransformationType } from 'class-transformer';
import { defaultMetadataStorage as storage } from 'class-transformer/cjs/storage.js';
import type { Constructor } from '../constructor.js';

const DIRECTIONS = [TransformationType.CLASS_TO_PLAIN, TransformationType.PLAIN_TO_CLASS];

/** Whether `@Exclude` keeps the field `key` of `holder` out of what is stored or out of what is read: then it need not come back. */
export function isLeftOut(holder: object, key: string | symbol): boolean {
  if (typeof key === 'symbol') return false;
  const prototype = Object.getPrototypeOf(holder) as { readonly constructor?: unknown } | null;
  const type = prototype?.constructor;
  if (typeof type !== 'function') return false;
  const owner = type as Constructor;
  if (DIRECTIONS.some((direction) => storage.getExcludedProperties(owner, direction).includes(key))) return true;
  const isListed = DIRECTIONS.every((direction) => storage.getExposedProperties(owner, direction).includes(key));
  return storage.getStrategy(owner) === 'excludeAll' && !isListed;
}
