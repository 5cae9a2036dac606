import type { ReadModels, ReadModelSnapshot, Row } from '../../event-store/read-models.js';
import { PARKED_STREAMS } from '../../event-store/system-tables.js';
import { generationConsumer, generationLabel } from '../generation.js';
import { physicalTableOf } from '../physical-table.js';
import type { DeclaredTable } from '../projector-definition.js';
import { sumPartials } from '../read-model.js';
import { compareTables } from './compare-tables.js';
import type { GenerationComparison, TableComparison } from './generation-comparison.js';
import type { GenerationRecord } from './generation-record.js';

/** A generation and the instant at which its rows are read. */
export interface ComparedSide {
  readonly generation: GenerationRecord;
  readonly rows: Pick<ReadModelSnapshot, 'scan'>;
}

export interface ComparisonOptions {
  /** Who calls, for the counting of RPCs. */
  readonly caller: string;
  readonly at: Date;
  readonly signal?: AbortSignal;
}

const MAX_NAMED_STREAMS = 20;

/** Compares all tables that both declare; memory is bounded whatever their size. For instants at which both are at the same positions. */
export async function compareGenerations(
  old: ComparedSide,
  fresh: ComparedSide,
  options: ComparisonOptions,
): Promise<GenerationComparison> {
  const byName = new Map(fresh.generation.tables.map((table) => [table.name, table]));
  const tables: TableComparison[] = [];
  const onlyOld: string[] = [];
  for (const table of old.generation.tables) {
    const twin = byName.get(table.name);
    if (twin?.kind !== table.kind) {
      onlyOld.push(table.name);
      continue;
    }
    byName.delete(table.name);
    const rows = { table, rows: rowsOf(old, table, options) };
    tables.push(await compareTables(rows, { table: twin, rows: rowsOf(fresh, twin, options) }, options.signal));
  }
  const onlyNew = [...byName.keys()];
  return {
    equal: tables.every(({ equal }) => equal) && onlyOld.length + onlyNew.length === 0,
    with: generationLabel(old.generation),
    at: options.at.toISOString(),
    tables,
    tablesOnlyIn: { old: onlyOld, new: onlyNew },
    parkedOnlyInNew: await parkedOnlyInNew(old, fresh, options),
  };
}

/** The rows of a declared table in key order; counters as sums over all shards. */
function rowsOf({ generation, rows }: ComparedSide, table: DeclaredTable, { caller }: ComparisonOptions): AsyncIterable<Row> {
  const stored = rows.scan(physicalTableOf(table, generation), undefined, { caller });
  return table.kind === 'rows' ? stored : sumPartials(table, stored);
}

/** Streams parked for one consumer are few, or something else is wrong; of the new one's no more are looked at than are named. */
async function parkedOnlyInNew(old: ComparedSide, fresh: ComparedSide, options: ComparisonOptions): Promise<readonly string[]> {
  const before = new Set<string>();
  for await (const streamId of parkedStreams(old.rows, generationConsumer(old.generation), options.caller)) before.add(streamId);
  const found: string[] = [];
  for await (const streamId of parkedStreams(fresh.rows, generationConsumer(fresh.generation), options.caller)) {
    if (!before.has(streamId)) found.push(streamId);
    if (found.length === MAX_NAMED_STREAMS) break;
  }
  return found;
}

async function* parkedStreams(rows: Pick<ReadModels, 'scan'>, consumer: string, caller: string): AsyncGenerator<string> {
  for await (const row of rows.scan(PARKED_STREAMS, { consumer }, { caller })) yield String(row['stream_id']);
}
