import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';

/** Where a legacy method decorator was put. */
export interface DecoratedMethod {
  /** With the at sign: `@Apply`. */
  readonly decorator: string;
  /** The prototype. */
  readonly target: object;
  readonly key: string | symbol;
  readonly descriptor: PropertyDescriptor | undefined;
}

/** The class that the method belongs to. Throws `DECORATOR_MISPLACED` for anything but an instance method under legacy decorators. */
export function ownerOf({ decorator, target, key, descriptor }: DecoratedMethod): Constructor {
  if (typeof key === 'object') {
    const reason = 'is compiled as a standard decorator';
    throw new EventspanError('DECORATOR_MISPLACED', { decorator, place: String((key as { name?: unknown }).name), reason });
  }
  const owner = (typeof target === 'function' ? target : target.constructor) as Constructor;
  if (typeof target === 'function') {
    throw new EventspanError('DECORATOR_MISPLACED', { decorator, place: placeOf(owner, key), reason: 'is a static member' });
  }
  if (typeof descriptor?.value !== 'function') {
    throw new EventspanError('DECORATOR_MISPLACED', { decorator, place: placeOf(owner, key), reason: 'is not a method' });
  }
  return owner;
}

/**
 * The class of messages that the method takes: the one named in the decorator, else the type of the first parameter as
 * `emitDecoratorMetadata` wrote it. Throws `HANDLER_CLASS_MISSING` when there is neither (interfaces, unions and
 * `import type` leave `Object` or `Function`), and `HANDLER_CLASS_DIFFERS` when both are there and do not fit.
 */
export function pairedClass(method: DecoratedMethod, named: Constructor | undefined): Constructor {
  const owner = ownerOf(method);
  const emitted = emittedClass(method);
  if (named === undefined) {
    if (isMessageClass(emitted)) return emitted;
    throw classMissing(method, owner, emitted);
  }
  if (isMessageClass(emitted) && !isSameOrBase(emitted, named)) {
    throw new EventspanError('HANDLER_CLASS_DIFFERS', {
      decorator: method.decorator,
      place: placeOf(owner, method.key),
      named: named.name,
      declared: emitted.name,
    });
  }
  return named;
}

/** Throws `CLASS_EXPECTED` unless `value` is a class: an import circle gives `undefined` to the decorator. */
export function assertMessageClass(decorator: string, value: unknown): void {
  if (typeof value !== 'function') throw new EventspanError('CLASS_EXPECTED', { decorator, value: String(value) });
}

interface MetadataReader {
  readonly getOwnMetadata?: (key: string, target: object, property: string | symbol) => unknown;
}

/** Read through the global that reflect-metadata extends; without that library nothing was emitted and nothing is needed. */
function emittedClass({ target, key }: DecoratedMethod): unknown {
  const types = (Reflect as MetadataReader).getOwnMetadata?.('design:paramtypes', target, key);
  return Array.isArray(types) ? (types[0] as unknown) : undefined;
}

const NOT_MESSAGES: ReadonlySet<unknown> = new Set([Object, Function, String, Number, Boolean, BigInt, Symbol, Array, Promise]);

function isMessageClass(value: unknown): value is Constructor {
  return typeof value === 'function' && !NOT_MESSAGES.has(value);
}

function isSameOrBase(base: Constructor, type: Constructor): boolean {
  return type === base || type.prototype instanceof base;
}

function classMissing(method: DecoratedMethod, owner: Constructor, found: unknown): EventspanError {
  return new EventspanError('HANDLER_CLASS_MISSING', {
    decorator: method.decorator,
    place: placeOf(owner, method.key),
    found: typeof found === 'function' ? found.name : String(found),
  });
}

function placeOf(owner: Constructor, key: string | symbol): string {
  return `${owner.name}.${String(key)}`;
}
