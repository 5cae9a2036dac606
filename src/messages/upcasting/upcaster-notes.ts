import type { Constructor } from '../constructor.js';
import { invalid } from './upcast-options.js';
import type { UpcastContext } from './upcast-context.js';
import type { AnyUpcaster, Downcaster, MergeUpcaster, Upcaster, UpcasterSource } from './upcaster.js';

const NOTES = Symbol.for('eventspan.upcasters');

/** Where a legacy decorator was put. */
export interface DecoratedStatic {
  readonly decorator: string;
  readonly target: unknown;
  readonly key: string | symbol;
  readonly descriptor: PropertyDescriptor | undefined;
}

/** A static method, called on its class whenever it runs. */
export interface NotedMethod {
  readonly label: string;
  readonly run: (data: never, context: UpcastContext) => unknown;
}

/** Notes an upcaster on the class whose static method it is. Throws `UPCASTER_INVALID` for anything but a static method. */
export function noteUpcaster(place: DecoratedStatic, make: (method: NotedMethod) => AnyUpcaster): void {
  const { decorator, target, key, descriptor } = place;
  if (typeof key === 'object') throw invalid(decorator, 'it is compiled as a standard decorator; use experimentalDecorators');
  if (typeof target !== 'function') throw invalid(`${decorator} on ${String(key)}`, 'it does not stand on a static method');
  const label = `${target.name}.${String(key)}`;
  if (typeof descriptor?.value !== 'function') throw invalid(label, 'it is not a method');
  const methods = target as unknown as Record<string | symbol, NotedMethod['run']>;
  const upcaster = make({ label, run: (data, context) => methods[key]?.(data, context) });
  Object.defineProperty(target, NOTES, { value: [...ownNotes(target), upcaster], configurable: true });
}

/** The upcasters of an application by what they do. */
export interface UpcasterList {
  readonly steps: readonly Upcaster[];
  readonly merges: readonly MergeUpcaster[];
  readonly downs: readonly Downcaster[];
}

/** All of them, in order, each once. Throws `UPCASTER_INVALID` for a class without any, and for anything else. */
export function listUpcasters(sources: readonly UpcasterSource[]): UpcasterList {
  const all = [...new Set(sources.flatMap(flatten))];
  return {
    steps: all.filter((each): each is Upcaster => each.kind !== 'merge' && each.kind !== 'down'),
    merges: all.filter((each) => each.kind === 'merge'),
    downs: all.filter((each) => each.kind === 'down'),
  };
}

function flatten(source: UpcasterSource): readonly AnyUpcaster[] {
  if (typeof source === 'function') return notesOf(source);
  if (isList(source)) return source.flatMap(flatten);
  if (typeof source === 'object' && source !== null && 'kind' in source && 'label' in source) return [source];
  throw invalid(String(source), 'it was not made by upcast or downcast, and is no class with @Upcast');
}

function isList(source: UpcasterSource): source is readonly UpcasterSource[] {
  return Array.isArray(source);
}

function notesOf(type: Constructor): readonly AnyUpcaster[] {
  const notes = ownNotes(type);
  if (notes.length === 0) throw invalid(type.name, 'the class has no static method with @Upcast or @Downcast');
  return notes;
}

function ownNotes(type: object): readonly AnyUpcaster[] {
  return Object.hasOwn(type, NOTES) ? (Reflect.get(type, NOTES) as readonly AnyUpcaster[]) : [];
}
