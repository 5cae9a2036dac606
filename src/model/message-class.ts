import type { Constructor } from '../messages/constructor.js';

/** The class of a message, by its prototype: a payload field named `constructor` cannot choose it. */
export function messageClassOf(message: unknown): Constructor | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const prototype = Object.getPrototypeOf(message) as { readonly constructor?: Constructor } | null;
  return prototype?.constructor;
}

/** What to call a message in an error. */
export function messageLabel(message: unknown): string {
  return messageClassOf(message)?.name ?? (typeof message === 'object' ? 'an object without a class' : `a ${typeof message}`);
}
