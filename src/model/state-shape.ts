import { TransformationType } from 'class-transformer';
import { defaultMetadataStorage as storage } from 'class-transformer/cjs/storage.js';
import type { Constructor } from '../messages/constructor.js';
import { reachableShapes, type ClassShape, type FieldShape } from '../messages/payload/class-shape.js';

const DIRECTIONS = [TransformationType.CLASS_TO_PLAIN, TransformationType.PLAIN_TO_CLASS];

/**
 * The shape of a state as text: the names of its own fields with their kinds, what class-transformer has been told of its class, and the
 * same of every class that the state holds or reaches by `@Type`. States of one shape have one text, in every process and Node version;
 * methods, comments, the order of fields and the names of classes do not matter.
 *
 * What only later events put there is not known, as the elements of a list that is empty at first; nor is a field's meaning.
 */
export function stateShape(type: Constructor, initial: unknown): string {
  return new ShapeWriter(reachableShapes(type)).root(type, initial);
}

class ShapeWriter {
  /** By the order in which they are met, so that a class that reaches itself has an end. */
  private readonly met = new Map<Constructor, number>();
  private readonly holders = new Set<object>();

  constructor(private readonly shapes: ReadonlyMap<Constructor, ClassShape>) {}

  root(type: Constructor, initial: unknown): string {
    return isObject(initial) && classOf(initial) === type ? this.instance(type, initial) : this.kind(initial);
  }

  private kind(value: unknown): string {
    if (value === null) return 'null';
    if (!isObject(value)) return typeof value;
    if (this.holders.has(value)) return 'itself';
    this.holders.add(value);
    const text = this.objectKind(value);
    this.holders.delete(value);
    return text;
  }

  private objectKind(value: object): string {
    if (Array.isArray(value)) return `[${[...new Set(value.map((each) => this.kind(each)))].sort().join('|')}]`;
    const type = classOf(value);
    if (type === undefined || type === Object) return this.fields(value, new Map());
    return isBuiltIn(type) ? type.name : this.instance(type, value);
  }

  private instance(type: Constructor, example: object | undefined): string {
    const known = this.met.get(type);
    if (known !== undefined) return `#${known}`;
    this.met.set(type, this.met.size);
    return `${this.fields(example ?? {}, this.shapes.get(type)?.fields ?? new Map())}${this.exposure(type)}`;
  }

  private fields(holder: object, declared: ReadonlyMap<string, FieldShape>): string {
    const names = [...new Set([...Object.keys(holder), ...declared.keys()])].sort();
    return `{${names.map((name) => `${JSON.stringify(name)}:${this.field(holder, name, declared.get(name))}`).join()}}`;
  }

  private field(holder: object, name: string, declared: FieldShape | undefined): string {
    const kind = Object.hasOwn(holder, name) ? this.kind(Reflect.get(holder, name)) : 'absent';
    return declared === undefined ? kind : `${kind}@${this.declared(declared)}`;
  }

  private declared({ type, discriminator, hasTransform }: FieldShape): string {
    const types = discriminator?.subTypes.map(({ name, value }) => `${name}=${this.declaredClass(value)}`) ?? [];
    const told = type === undefined ? [] : [this.declaredClass(type)];
    return [...told, ...types, ...(hasTransform ? ['transform'] : [])].join('|');
  }

  private declaredClass(type: Constructor): string {
    return isBuiltIn(type) ? type.name : this.instance(type, exampleOf(type));
  }

  /** What `@Expose`, `@Exclude` and `@Transform` say of the class. */
  private exposure(type: Constructor): string {
    const [written, read] = DIRECTIONS.map((direction) => ({
      exposed: [...storage.getExposedProperties(type, direction)].sort(),
      excluded: [...storage.getExcludedProperties(type, direction)].sort(),
    }));
    const names = [...new Set([...(written?.exposed ?? []), ...(read?.exposed ?? [])])].sort();
    const renamed = names.map((name) => [name, storage.findExposeMetadata(type, name)?.options?.name]);
    const strategy = storage.getStrategy(type);
    return strategy === 'none' && names.length === 0 && this.isDirect(type) ? '' : JSON.stringify({ strategy, written, read, renamed });
  }

  private isDirect(type: Constructor): boolean {
    return this.shapes.get(type)?.isDirect ?? true;
  }
}

/** Only its fields are looked at; a class that needs arguments shows those that `@Type` names. */
function exampleOf(type: Constructor): object | undefined {
  try {
    return Reflect.construct(type, []) as object;
  } catch {
    return undefined;
  }
}

function classOf(value: object): Constructor | undefined {
  const prototype = Object.getPrototypeOf(value) as { readonly constructor?: Constructor } | null;
  return prototype?.constructor;
}

function isBuiltIn(type: Constructor): boolean {
  return Reflect.get(globalThis, type.name) === type;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
