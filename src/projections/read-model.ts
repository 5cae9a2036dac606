import { types } from 'node:util';
import { EventspanError } from '../errors/eventspan-error.js';
import type { CallOptions } from '../event-store/call-options.js';
import type { ReadModels, Row } from '../event-store/read-models.js';
import { addAmounts } from './counter-partials.js';
import { firstGenerationOf, type Generation } from './generation.js';
import { physicalTableOf, SHARD_COLUMN } from './physical-table.js';
import type { CounterTable, DeclaredTable, ProjectorDefinition } from './projector-definition.js';

/** Reads the tables of one projection. Counters come as sums over all shards. */
export interface ReadModel {
  /** The row, strongly consistent with the projection. 1 Read. Throws `PROJECTION_UNKNOWN_TABLE`, `VIEW_VALUE_INVALID`. */
  get(table: string, key: Row, options?: CallOptions): Promise<Row | undefined>;
  /** All rows whose first key columns equal `prefix`, in key order. Memory is bounded. Throws as `get` does. */
  scan(table: string, prefix?: Row, options?: CallOptions): AsyncIterable<Row>;
  /** {@link scan} as an array, for small tables. */
  all(table: string, prefix?: Row, options?: CallOptions): Promise<readonly Row[]>;
}

/** What reads rows: the store's read models, or one instant of them. */
export type RowReader = Pick<ReadModels, 'get' | 'scan'>;

/** The read model of one generation of a projector (default: the first of its version) in the store's own database. */
export function createReadModel(
  readModels: RowReader,
  projector: Pick<ProjectorDefinition, 'name' | 'version' | 'tables'>,
  generation: Generation = firstGenerationOf(projector),
): ReadModel {
  return readDeclaredTables(readModels, projector, generation);
}

/** Tables as they are declared, or with a generation those of it. */
export function readDeclaredTables(
  readModels: RowReader,
  owner: Pick<ProjectorDefinition, 'name' | 'tables'>,
  generation?: Generation,
): ReadModel {
  const scan = (table: string, prefix?: Row, options?: CallOptions): AsyncIterable<Row> => {
    const declared = declaredTable(owner, table);
    const rows = readModels.scan(physicalTableOf(declared, generation), prefix, options);
    return declared.kind === 'rows' ? rows : sumPartials(declared, rows);
  };
  return {
    scan,
    all: (table, prefix, options) => collect(scan(table, prefix, options)),
    get: async (table, key, options) => {
      const declared = declaredTable(owner, table);
      if (declared.kind === 'rows') return (await readModels.get(physicalTableOf(declared, generation), [key], options))[0];
      checkWholeKey(declared, key);
      return (await collect(scan(table, key, options)))[0];
    },
  };
}

/** Partials of one key stand side by side, since the shard is the last key column. */
export async function* sumPartials(table: CounterTable, partials: AsyncIterable<Row>): AsyncGenerator<Row> {
  let sum: Row | undefined;
  for await (const partial of partials) {
    if (sum !== undefined && !hasSameKey(table, sum, partial)) {
      yield sum;
      sum = undefined;
    }
    sum = add(table, sum, partial);
  }
  if (sum !== undefined) yield sum;
}

function add(table: CounterTable, sum: Row | undefined, partial: Row): Row {
  const { [SHARD_COLUMN]: _, ...row } = partial;
  const amounts = Object.fromEntries(table.counters.map((counter) => [counter, Number(row[counter] ?? 0)]));
  const base = Object.fromEntries(table.counters.map((counter) => [counter, Number(sum?.[counter] ?? 0)]));
  return { ...row, ...addAmounts(table.name, base, amounts) };
}

function hasSameKey(table: CounterTable, a: Row, b: Row): boolean {
  return Object.keys(table.key).every((column) => comparable(a[column]) === comparable(b[column]));
}

function comparable(value: unknown): unknown {
  return types.isDate(value) ? value.getTime() : value;
}

function checkWholeKey(table: CounterTable, key: Row): void {
  const missing = Object.keys(table.key).find((column) => !Object.hasOwn(key, column));
  if (missing === undefined) return;
  throw new EventspanError('VIEW_VALUE_INVALID', {
    table: table.name,
    column: missing,
    value: undefined,
    bound: 'given, since it is part of the key',
  });
}

function declaredTable(projector: Pick<ProjectorDefinition, 'name' | 'tables'>, name: string): DeclaredTable {
  const table = projector.tables.find((declared) => declared.name === name);
  if (table !== undefined) return table;
  const declared = projector.tables.map((each) => each.name);
  throw new EventspanError('PROJECTION_UNKNOWN_TABLE', { projector: projector.name, table: name, declared });
}

async function collect(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
