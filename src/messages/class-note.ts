import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from './constructor.js';

/**
 * What one class decorator says of a class, kept as an own property of the class under a shared symbol: copies of this package
 * read each other's notes, and a subclass never passes for its base.
 */
export class ClassNote<N extends object> {
  private readonly key: symbol;

  constructor(
    /** `Event` for `@Event`. */
    private readonly decorator: string,
  ) {
    this.key = Symbol.for(`eventspan.${decorator.toLowerCase()}`);
  }

  /** Throws `CLASS_DECORATED_TWICE`. */
  write(type: Constructor, note: N): void {
    if (Object.hasOwn(type, this.key)) {
      throw new EventspanError('CLASS_DECORATED_TWICE', { className: type.name, decorator: this.decorator });
    }
    Object.defineProperty(type, this.key, { value: Object.freeze(note) });
  }

  /** Whether `type` has a note of its own. */
  has(type: Constructor): boolean {
    return Object.hasOwn(type, this.key);
  }

  /** Throws `CLASS_EXPECTED` when `type` is no class, `CLASS_NOT_DECORATED` when it has no note of its own. */
  read(type: Constructor): N {
    if (typeof type !== 'function') {
      throw new EventspanError('CLASS_EXPECTED', { decorator: `@${this.decorator}`, value: String(type) });
    }
    if (!Object.hasOwn(type, this.key)) {
      throw new EventspanError('CLASS_NOT_DECORATED', { className: type.name, decorator: this.decorator });
    }
    return Reflect.get(type, this.key) as N;
  }
}
