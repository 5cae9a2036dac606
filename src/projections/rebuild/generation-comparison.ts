import type { Row } from '../../event-store/read-models.js';

/** One row that is not the same in both generations. */
export interface RowDifference {
  readonly key: Row;
  /** Which generation has it, or `both` where the columns differ. */
  readonly in: 'old' | 'new' | 'both';
}

/** What comparing one table found. Counters are compared as sums over all shards. */
export interface TableComparison {
  /** As declared. */
  readonly table: string;
  readonly equal: boolean;
  readonly rows: { readonly old: number; readonly new: number };
  /** Sums of the hashes of all rows, in hexadecimal digits: the same rows in any order give the same. Over the columns that both have. */
  readonly checksums: { readonly old: string; readonly new: string };
  /** Rows that are not the same in both. Absent where the keys have different columns, so that rows cannot be told apart. */
  readonly differing?: number;
  /** The first of them, in key order, at most 20. */
  readonly differences: readonly RowDifference[];
  /** Columns that only one of them has. */
  readonly columns: { readonly old: readonly string[]; readonly new: readonly string[] };
}

/** A generation against the live one, both exactly at the same positions. */
export interface GenerationComparison {
  readonly equal: boolean;
  /** The live one, `loan-book:v1`. */
  readonly with: string;
  /** RFC 3339: when it was made. */
  readonly at: string;
  readonly tables: readonly TableComparison[];
  /** Tables that only one of them has. */
  readonly tablesOnlyIn: { readonly old: readonly string[]; readonly new: readonly string[] };
  /** Streams parked for the new one and not for the old one; the first 20 of them. */
  readonly parkedOnlyInNew: readonly string[];
  /** Set for read models in databases elsewhere, which are not compared. */
  readonly notCompared?: string;
}
