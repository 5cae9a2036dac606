import { defaultMetadataStorage as storage } from 'class-transformer/cjs/storage.js';
import { EventspanError } from '../../errors/eventspan-error.js';
import type { Constructor } from '../constructor.js';
import { lineage, type ClassShape } from './class-shape.js';
import { messageOf } from '../../support/message-of.js';

/** `this.#x` in the source, or what compilers for older targets make of it. */
const PRIVATE_USE = /\bthis\.#[\w$]|__classPrivateField|_class_private_/;
const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;

/**
 * Throws `CLASS_NOT_STORABLE` for a class whose instances JSON cannot carry whatever they hold.
 * `constructs`: whether reading runs the constructor, as class-transformer does, without arguments.
 */
export function assertStorable(shape: ClassShape, constructs: boolean): void {
  const reason = whyNotStorable(shape.type) ?? (constructs ? whyNotConstructible(shape.type) : undefined);
  if (reason) throw new EventspanError('CLASS_NOT_STORABLE', { className: shape.type.name, ...reason }, { cause: reason.cause });
}

interface Refusal {
  readonly reason: string;
  readonly cure: string;
  readonly cause?: unknown;
}

function whyNotStorable(type: Constructor): Refusal | undefined {
  if (lineage(type).some(usesPrivateNames)) {
    return {
      reason: 'it keeps state in #private members, which cannot be read from outside',
      cure: 'use `private` of TypeScript instead of #',
    };
  }
  if (typeof Reflect.get(type.prototype as object, 'toJSON') === 'function') {
    return { reason: 'it has toJSON(), which changes what is stored', cure: 'remove toJSON() or use class-transformer @Transform' };
  }
  if (storage.getStrategy(type) === 'excludeAll' && !lineage(type).some((at) => storage._exposeMetadatas.has(at))) {
    return {
      reason: 'it has @Exclude() and no field with @Expose(), so that nothing would be stored',
      cure: 'put @Expose() on what is to be stored',
    };
  }
  return undefined;
}

function whyNotConstructible(type: Constructor): Refusal | undefined {
  try {
    Reflect.construct(type, []);
    return undefined;
  } catch (cause) {
    const message = messageOf(cause);
    return {
      reason: `class-transformer constructs it without arguments, and its constructor then throws (${message})`,
      cure: 'let the constructor assign only, or replace @Transform, @Expose, @Exclude and discriminators by plain @Type',
      cause,
    };
  }
}

function usesPrivateNames(type: Constructor): boolean {
  return PRIVATE_USE.test(Function.prototype.toString.call(type).replace(COMMENTS, ''));
}
