type Primitive = string | number | boolean | null | undefined;

// A method, whatever it takes.
type Method = (...args: never[]) => unknown;

/**
 * The stored JSON of a class, as a type: Dates are texts, nested classes are plain objects, methods are absent. Private and protected
 * fields are stored too, and are not in it, since the compiler does not show them.
 */
export type PayloadOf<T> = T extends Primitive
  ? T
  : T extends Date
    ? string
    : T extends readonly (infer Item)[]
      ? readonly PayloadOf<Item>[]
      : T extends object
        ? { readonly [Key in keyof T as T[Key] extends Method ? never : Key]: PayloadOf<T[Key]> }
        : T;
