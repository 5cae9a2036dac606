import type { Constructor } from './constructor.js';
import { reachableShapes } from './payload/class-shape.js';
import { createDirectCodec } from './payload/direct-codec.js';
import { buildHydrationPlan } from './payload/hydration-plan.js';
import { assertStorable } from './payload/storable-class.js';
import { createTransformedCodec } from './payload/transformed-codec.js';
import { DEFAULT_PAYLOAD_LIMITS, type PayloadLimits } from './payload-limits.js';

/** Instances of one class to JSON text and back: an equal instance, or a coded error. */
export interface PayloadCodec {
  /** Throws `PAYLOAD_NOT_EXACT` with the path of what JSON cannot carry, `PAYLOAD_TOO_LARGE`. Leaves `value` as it is. */
  serialize(value: object): string;
  /** Throws `PAYLOAD_UNREADABLE` with the path, `PAYLOAD_TOO_LARGE`. Safe on text from anywhere. */
  deserialize(text: string): object;
}

export interface PayloadCodecOptions {
  readonly limits?: Partial<PayloadLimits>;
  /**
   * Whether a class that uses @Transform, @Expose, @Exclude or discriminators is read back when recorded and compared, so that a
   * transform that loses something is refused. Default true; costs about one more read per recorded event. With false, such a loss
   * goes unnoticed. Other classes do not need it.
   */
  readonly verifyTransforms?: boolean;
}

/**
 * The codec of a class, made once. class-transformer's metadata of the class and of every class it reaches by `@Type` decide the way:
 *
 * - none, or `@Type` of Dates and classes only: the short path. No constructor, no initialiser and no setter runs when it is read.
 * - anything else: class-transformer itself, which constructs without arguments.
 *
 * Exact means: reading gives the same classes, values and own properties, but that a property with the value undefined is left out
 * (and so is undefined again), that references to one object become references to equal objects, and that `@Exclude`d fields are absent.
 * Not inside JSON's reach and refused: see `PAYLOAD_NOT_EXACT`. `label` names the payload in errors.
 *
 * Throws `CLASS_EXPECTED`, `CLASS_NOT_STORABLE` (#private members, toJSON, a constructor that class-transformer cannot call),
 * `CLASS_TRANSFORMER_SPLIT`.
 */
export function createPayloadCodec(type: Constructor, label: string, options: PayloadCodecOptions = {}): PayloadCodec {
  const limits = { ...DEFAULT_PAYLOAD_LIMITS, ...options.limits };
  const owner = { label, part: 'payload', limits } as const;
  const shapes = reachableShapes(type);
  const all = [...shapes.values()];
  const isDirect = all.every((shape) => shape.isDirect);
  for (const shape of all) assertStorable(shape, !isDirect);
  if (isDirect) return createDirectCodec(buildHydrationPlan(type, shapes), owner);
  return createTransformedCodec({ type, shapes, verify: options.verifyTransforms ?? true }, owner);
}
