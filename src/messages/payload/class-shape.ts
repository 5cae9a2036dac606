import { Expose } from 'class-transformer';
import { defaultMetadataStorage as storage } from 'class-transformer/cjs/storage.js';
import { EventspanError } from '../../errors/eventspan-error.js';
import type { Constructor } from '../constructor.js';

type TypeMetadata = NonNullable<ReturnType<NonNullable<ReturnType<typeof storage._typeMetadatas.get>>['get']>>;

/** The classes that a field may hold, told apart by the value of a property. */
export type Discriminator = NonNullable<NonNullable<TypeMetadata['options']>['discriminator']>;

/** What `@Type` says of one field. */
export interface FieldShape {
  /** Date or a class of the user's; undefined where class-transformer decides by other means. */
  readonly type: Constructor | undefined;
  /** The key in JSON, which `@Expose({ name })` may set. */
  readonly jsonName: string;
  readonly discriminator: Discriminator | undefined;
  readonly hasTransform: boolean;
}

/** What class-transformer has been told of one class and its bases. */
export interface ClassShape {
  readonly type: Constructor;
  readonly fields: ReadonlyMap<string, FieldShape>;
  /** True when nothing but `@Type` of Dates and classes is used, which the short path does by itself. */
  readonly isDirect: boolean;
}

/** The shapes of `root` and of every class it reaches by `@Type`. Throws `CLASS_EXPECTED` where a `@Type` gives none. */
export function reachableShapes(root: Constructor): ReadonlyMap<Constructor, ClassShape> {
  assertStorageIsShared();
  const shapes = new Map<Constructor, ClassShape>();
  const waiting = [root];
  for (let type = waiting.pop(); type !== undefined; type = waiting.pop()) {
    if (shapes.has(type) || isBuiltIn(type)) continue;
    const shape = shapeOf(type);
    shapes.set(type, shape);
    for (const field of shape.fields.values()) {
      if (field.type) waiting.push(field.type);
      waiting.push(...(field.discriminator?.subTypes ?? []).map((subType) => subType.value));
    }
  }
  return shapes;
}

/** `type` and its bases, nearest first. */
export function lineage(type: Constructor): Constructor[] {
  const line: Constructor[] = [];
  for (let at: unknown = type; typeof at === 'function' && 'prototype' in at && at.prototype; at = Object.getPrototypeOf(at)) {
    line.push(at as Constructor);
  }
  return line;
}

function shapeOf(type: Constructor): ClassShape {
  const fields = new Map<string, FieldShape>();
  const line = lineage(type);
  let isDirect = !line.some(hasMoreThanTypes);
  for (const owner of line.toReversed()) {
    for (const [name, metadata] of storage._typeMetadatas.get(owner) ?? []) {
      const declared = declaredType(metadata, `${owner.name}.${name}`);
      isDirect &&= isSimple(declared, metadata);
      fields.set(name, {
        type: isField(declared) ? declared : undefined,
        jsonName: storage.findExposeMetadata(type, name)?.options?.name ?? name,
        discriminator: metadata.options?.discriminator,
        hasTransform: line.some((at) => storage._transformMetadatas.get(at)?.has(name)),
      });
    }
  }
  return { type, fields, isDirect };
}

function hasMoreThanTypes(type: Constructor): boolean {
  return [storage._transformMetadatas, storage._exposeMetadatas, storage._excludeMetadatas].some((kind) => kind.has(type));
}

/** Undefined where a discriminator or a type function that looks at the object decides. */
function declaredType(metadata: TypeMetadata, place: string): unknown {
  const { typeFunction, reflectedType, options } = metadata;
  if (options?.discriminator || (typeFunction && typeFunction.length > 0)) return undefined;
  const declared = typeFunction ? typeFunction() : reflectedType;
  if (typeof declared !== 'function')
    throw new EventspanError('CLASS_EXPECTED', { decorator: `@Type on ${place}`, value: String(declared) });
  return declared;
}

function isField(declared: unknown): declared is Constructor {
  return typeof declared === 'function' && (declared === Date || !isBuiltIn(declared as Constructor));
}

/** class-transformer also looks at the type that the compiler emitted: a Map, a Set, an Array of one's own. */
function isSimple(declared: unknown, { reflectedType }: TypeMetadata): boolean {
  return isField(declared) && [undefined, Object, Array, declared].includes(reflectedType as Constructor | undefined);
}

function isBuiltIn(type: Constructor): boolean {
  return Reflect.get(globalThis, type.name) === type;
}

/** A bundler can give the decorators another copy of class-transformer's storage than the one read here; then nothing would be seen. */
function assertStorageIsShared(): void {
  const Probe = class {
    field = '';
  };
  Expose()(Probe.prototype, 'field');
  const isShared = (storage._exposeMetadatas as Map<Constructor, unknown>).delete(Probe);
  if (!isShared) throw new EventspanError('CLASS_TRANSFORMER_SPLIT');
}
