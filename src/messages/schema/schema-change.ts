/** What kind of change it is. */
export type SchemaChangeKind =
  | 'event-added'
  | 'event-removed'
  | 'event-renamed'
  | 'version-lowered'
  | 'version-raised'
  | 'upcaster-missing'
  | 'aliases-changed'
  | 'field-added'
  | 'field-removed'
  | 'field-retyped'
  | 'field-narrowed'
  | 'field-widened'
  | 'field-required'
  | 'field-optional'
  | 'field-unknown';

/** One difference between a lock and the code. */
export interface SchemaChange {
  /**
   * `incompatible`: events that are stored cannot be read, or not as what the class says. `warning`: they can, but programs of before may not be able to
   * read what is written now. `compatible`: neither.
   */
  readonly level: 'incompatible' | 'warning' | 'compatible';
  readonly kind: SchemaChangeKind;
  /** Wire name. */
  readonly event: string;
  /** Path, where it is about a field. */
  readonly field?: string;
  readonly message: string;
  /** Code that makes it compatible. */
  readonly fix?: string;
}
