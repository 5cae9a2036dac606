import { EventspanError } from '../errors/eventspan-error.js';
import type { Constructor } from '../messages/constructor.js';

/** A method and the class of messages it takes, as a decorator noted it. */
export interface MethodPairing<Options = undefined> {
  /** `@Apply`, `@Handle`, `@On`. */
  readonly decorator: string;
  readonly method: string | symbol;
  readonly type: Constructor;
  readonly options: Options;
}

/** `Symbol.for`: two copies of the package read each other's notes. */
const PAIRINGS = Symbol.for('eventspan.pairings');

type Noted = { [PAIRINGS]?: MethodPairing<unknown>[] };

/** Notes a pairing on the class itself, as its own property. Throws `HANDLER_DUPLICATE` when the class has one for the same message. */
export function notePairing(owner: Constructor, pairing: MethodPairing<unknown>): void {
  const own = ownPairings(owner);
  const other = own.find((known) => known.decorator === pairing.decorator && known.type === pairing.type);
  if (other !== undefined) {
    throw new EventspanError('HANDLER_DUPLICATE', {
      className: owner.name,
      decorator: pairing.decorator,
      message: pairing.type.name,
      first: String(other.method),
      second: String(pairing.method),
    });
  }
  Object.defineProperty(owner, PAIRINGS, { value: [...own, pairing], configurable: true });
}

/**
 * The pairings of one decorator, by message class, with those of base classes. A subclass replaces its base's pairings of the
 * same message, and of the same method where it decorates that method again. A method it merely overrides keeps its
 * pairing, and since methods are called by name the subclass's body runs.
 */
export function pairingsOf<Options>(type: Constructor, decorator: string): ReadonlyMap<Constructor, MethodPairing<Options>> {
  const pairings = new Map<Constructor, MethodPairing<Options>>();
  for (const owner of lineage(type)) {
    const own = ownPairings(owner).filter((pairing) => pairing.decorator === decorator) as MethodPairing<Options>[];
    for (const [message, inherited] of pairings) {
      if (own.some((pairing) => pairing.method === inherited.method)) pairings.delete(message);
    }
    for (const pairing of own) pairings.set(pairing.type, pairing);
  }
  return pairings;
}

/** The class and its base classes, base first. */
function lineage(type: Constructor): Constructor[] {
  const classes: Constructor[] = [];
  for (let at: unknown = type; typeof at === 'function' && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    classes.unshift(at as Constructor);
  }
  return classes;
}

function ownPairings(owner: Constructor): readonly MethodPairing<unknown>[] {
  return Object.hasOwn(owner, PAIRINGS) ? ((owner as Noted)[PAIRINGS] ?? []) : [];
}
