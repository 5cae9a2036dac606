/**
 * The parts of Standard Schema and Standard JSON Schema, version 1, that Eventspan uses: https://standardschema.dev. Written down here, so
 * that no package is needed for it; schemas of zod, Valibot, ArkType and others fit as they are.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    /** Only for the compiler; no value at run time. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    /** Where the vendor offers Standard JSON Schema. May throw for what JSON Schema cannot say. */
    readonly jsonSchema?: { readonly input: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown> };
  };
}

export type StandardResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}
