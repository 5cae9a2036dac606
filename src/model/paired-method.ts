/** What the compiler shows where a decorated method does not fit: the sentence stands in the error. */
export interface MistypedMethod<Sentence extends string> {
  readonly 'eventspan: this method does not fit its decorator': Sentence;
}

/** Any method, whatever its parameters. */
export type AnyMethod = (...args: never[]) => unknown;

/**
 * A legacy method decorator for methods that `Check` finds right. Methods of every visibility can be decorated, since the
 * type is taken from the descriptor. A class with no fields is, to the compiler, a type that everything fits; where
 * decorator metadata is emitted the decorator finds such a mistake when the class is defined.
 */
export type MethodDecoratorFor<Arguments extends readonly unknown[], Result = unknown> = <M extends AnyMethod>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M> & Fits<M, Arguments, Result>,
) => void;

/** As {@link MethodDecoratorFor}, where the method's own first parameter says which message it takes. */
export type InferringMethodDecorator<Rest extends readonly unknown[], Result = unknown> = <M extends AnyMethod>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M> & FitsItself<M, Rest, Result>,
) => void;

/** What the contexts of all handlers have in common; by it a parameter is known to be one. */
export interface AnyHandlerContext {
  readonly metadata: object;
  readonly time: Date | undefined;
}

/**
 * As {@link MethodDecoratorFor}, for methods whose second parameter is the context of whoever owns them: any context will do, and what is none
 * must be given by `Default`. Which one a method is given says the decorator of its class.
 */
export type HandlerDecoratorFor<E, Default> = <M extends AnyMethod>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M> & Fits<M, readonly [E, ContextOf<M, Default>], unknown>,
) => void;

/** As {@link HandlerDecoratorFor}, where the method's own first parameter says which message it takes. */
export type InferringHandlerDecorator<Default> = <M extends AnyMethod>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M> & FitsItself<M, readonly [ContextOf<M, Default>], unknown>,
) => void;

type ContextOf<M, Default> = M extends (first: never, second: infer C, ...more: never[]) => unknown
  ? [unknown] extends [C]
    ? Default
    : [C] extends [AnyHandlerContext]
      ? C
      : Default
  : Default;

/** `unknown` when M can be called with Arguments and gives Result, else a type that no descriptor has. */
type Fits<M, Arguments extends readonly unknown[], Result> = M extends (...args: infer P) => infer R
  ? Takes<P, Arguments> extends true
    ? [R] extends [Result]
      ? unknown
      : MistypedMethod<'it returns what it must not return'>
    : MistypedMethod<'its parameters do not take what the decorator names'>
  : never;

type FitsItself<M, Rest extends readonly unknown[], Result> = M extends (first: infer F, ...args: never[]) => unknown
  ? M extends () => unknown
    ? MistypedMethod<'it has no parameter to take the class from; name the class in the decorator'>
    : Fits<M, [F, ...Rest], Result>
  : never;

/** Whether a function with the parameters P can be called with Arguments; independent of `strictFunctionTypes`. */
type Takes<P extends readonly unknown[], Arguments extends readonly unknown[]> = P extends readonly []
  ? true
  : Arguments extends readonly [infer A, ...infer MoreArguments]
    ? P extends readonly [(infer F)?, ...infer MoreP]
      ? [A] extends [F]
        ? Takes<MoreP, MoreArguments>
        : false
      : false
    : [] extends P
      ? true
      : false;
