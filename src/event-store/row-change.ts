/** Types of a read-model column; each round-trips exactly or is refused with `VIEW_VALUE_INVALID`. */
export type ColumnType = 'string' | 'integer' | 'number' | 'boolean' | 'timestamp' | 'json';

/** A value of a row: string, safe integer, finite number, boolean, Date (`timestamp`, milliseconds), JSON value, or null. */
export type ColumnValue = unknown;

/** A row by column name. A missing column is null. */
export type Row = Readonly<Record<string, ColumnValue>>;

/** A read-model table as a store sees it. */
export interface TableDefinition {
  /** Letter first, then letters, digits, underscores; at most 64. Not a table of Eventspan's own. */
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Columns of the primary key, in order. Of type string, integer, boolean or timestamp; never null. */
  readonly key: readonly string[];
}

/** One change of one row. `row` of an update names the key and the columns to set; of a delete, the key. */
export interface RowChange {
  readonly kind: 'insert' | 'upsert' | 'update' | 'delete';
  readonly table: TableDefinition;
  readonly row: Row;
}
