/** The metadata of class-transformer 0.5.1, which it keeps but does not export. Held to the real one by `payload/class-shape.ts`. */
declare module 'class-transformer/cjs/storage.js' {
  // oxlint-disable-next-line typescript/no-explicit-any -- the same as Constructor, which an ambient module cannot import
  type Target = abstract new (...args: any[]) => object;
  interface Named {
    readonly propertyName: string | undefined;
    readonly options?: { readonly name?: string } | undefined;
  }
  interface TypeMetadata {
    readonly propertyName: string;
    readonly reflectedType: unknown;
    readonly typeFunction?: (help?: object) => unknown;
    readonly options?: {
      readonly discriminator?: {
        readonly property: string;
        readonly subTypes: readonly { readonly name: string; readonly value: Target }[];
      };
    };
  }
  export const defaultMetadataStorage: {
    readonly _typeMetadatas: ReadonlyMap<Target, ReadonlyMap<string, TypeMetadata>>;
    readonly _transformMetadatas: ReadonlyMap<Target, ReadonlyMap<string, unknown>>;
    readonly _exposeMetadatas: ReadonlyMap<Target, ReadonlyMap<string | undefined, Named>>;
    readonly _excludeMetadatas: ReadonlyMap<Target, ReadonlyMap<string | undefined, Named>>;
    findExposeMetadata(target: Target, propertyName: string): Named | undefined;
    getExposedProperties(target: Target, direction: number): readonly string[];
    getExcludedProperties(target: Target, direction: number): readonly string[];
    getStrategy(target: Target): 'excludeAll' | 'exposeAll' | 'none';
  };
}
