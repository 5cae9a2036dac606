import { EventspanError } from '../errors/eventspan-error.js';
import type { TableDefinition } from '../event-store/read-models.js';
import type { Generation } from './generation.js';
import { physicalTableOf } from './physical-table.js';
import type { CounterTable, ProjectorDefinition } from './projector-definition.js';

/** A declared counter table and how it is stored. */
export interface StoredCounterTable {
  readonly declared: CounterTable;
  /** With the key column `shard`. */
  readonly physical: TableDefinition;
}

/** The tables of one generation by declared name, for its views; without a generation they are called as declared, as elsewhere. */
export class ViewTables {
  private readonly rows = new Map<string, TableDefinition>();
  private readonly counters = new Map<string, StoredCounterTable>();

  constructor(
    private readonly projector: Pick<ProjectorDefinition, 'name' | 'tables'>,
    generation?: Generation,
  ) {
    for (const table of projector.tables) {
      if (table.kind === 'rows') this.rows.set(table.name, physicalTableOf(table, generation));
      else this.counters.set(table.name, { declared: table, physical: physicalTableOf(table, generation) });
    }
  }

  /** As the store has to make them. */
  get physical(): readonly TableDefinition[] {
    return [...this.rows.values(), ...[...this.counters.values()].map(({ physical }) => physical)];
  }

  /** Throws `VIEW_OPERATION_INVALID` for a counter table, `VIEW_TABLE_UNKNOWN` for one that is not declared. */
  rowTable(name: string, operation: string): TableDefinition {
    const table = this.rows.get(name);
    if (table !== undefined) return table;
    throw this.refused(name, operation, 'a table of counters');
  }

  /** Throws `VIEW_OPERATION_INVALID` for a table of rows, `VIEW_TABLE_UNKNOWN` for one that is not declared. */
  counterTable(name: string): StoredCounterTable {
    const table = this.counters.get(name);
    if (table !== undefined) return table;
    throw this.refused(name, 'increment', 'a table of rows');
  }

  private refused(table: string, operation: string, kind: string): EventspanError {
    if (this.rows.has(table) || this.counters.has(table)) {
      return new EventspanError('VIEW_OPERATION_INVALID', { table, operation, kind });
    }
    return new EventspanError('VIEW_TABLE_UNKNOWN', { projector: this.projector.name, table });
  }
}
