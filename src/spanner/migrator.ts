import { EventspanError } from '../errors/eventspan-error.js';
import { storeFailed, type Call } from './calls.js';
import type { SpannerContext } from './context.js';
import { MIGRATIONS, SCHEMA_VERSION, SHARDS_SETTING, type Migration } from './schema.js';
import { codeOf, STATUS } from './status.js';
import { cell, COMMIT_TIME, key, textOf } from './values.js';
import type { Mutation, ReadBody } from './protocol.js';
import { messageOf } from '../support/message-of.js';

const TABLE_MISSING = /^(\d+ \w+: )?Table not found/i;

/**
 * Brings the schema up to date. Safe from several processes at once: statements do nothing when repeated, and rows in
 * `migrations` and `settings` are inserted, so that the first one decides and the others see it.
 */
export class SpannerMigrator {
  constructor(private readonly context: SpannerContext) {}

  /** Answers the names of the steps that this call was the first to finish. */
  async migrate(call: Call): Promise<readonly string[]> {
    const { ddl, settings } = this.context;
    if (settings.emulatorHost !== undefined) await ddl.createDatabase(call);
    const found = await this.schemaVersion(call);
    this.refuseNewer(found);
    const applied: string[] = [];
    for (const migration of MIGRATIONS.slice(found)) {
      await ddl.apply(migration.statements, call);
      for (const statement of migration.onceOnly ?? []) await ddl.applyOnce(statement, call);
      if (await this.insertOnce(migrationRow(migration), call)) applied.push(migration.name);
    }
    if ((await this.storedShards(call)) === undefined) await this.insertOnce(settingRow(SHARDS_SETTING, String(settings.shards)), call);
    return applied;
  }

  /** Throws `MIGRATIONS_PENDING`, `SCHEMA_TOO_NEW`, `SHARD_COUNT_DIFFERS`. */
  async check(call: Call): Promise<void> {
    const found = await this.schemaVersion(call);
    this.refuseNewer(found);
    if (found < SCHEMA_VERSION) throw this.schemaError('MIGRATIONS_PENDING', found);
    const stored = await this.storedShards(call);
    const configured = this.context.settings.shards;
    if (stored === undefined) throw this.schemaError('MIGRATIONS_PENDING', found);
    if (stored !== configured) throw new EventspanError('SHARD_COUNT_DIFFERS', { stored, configured });
  }

  /** The highest step up to which all have been carried out; 0 for a database without any. */
  private async schemaVersion(call: Call): Promise<number> {
    const rows = await this.readOrNone({ table: 'migrations', columns: ['version'], keySet: { all: true } }, call);
    return Math.max(0, ...rows.map(Number));
  }

  private async storedShards(call: Call): Promise<number | undefined> {
    const [row] = await this.readOrNone({ table: 'settings', columns: ['value'], keySet: { keys: [key(SHARDS_SETTING)] } }, call);
    return row === undefined ? undefined : Number(row);
  }

  /** The first cells of a table, none where there is no such table yet. */
  private readOrNone(body: ReadBody, call: Call): Promise<string[]> {
    const { calls, rpc } = this.context;
    return calls.run(
      {
        name: `the read of ${body.table}`,
        kind: 'read',
        attempt: async () => (await rpc.readAll(body, call)).map((row) => textOf(row[0])),
        onRefused: async ({ code, error }) => {
          if (code === STATUS.NOT_FOUND && TABLE_MISSING.test(messageOf(error))) return [];
          throw storeFailed(`the read of ${body.table}`, error);
        },
      },
      call,
    );
  }

  private insertOnce(mutation: Mutation, call: Call): Promise<boolean> {
    const { calls, rpc } = this.context;
    return calls.run(
      {
        name: 'the record of the migration',
        kind: 'write',
        attempt: async () => (await rpc.commit([mutation], call)) !== '',
        onRefused: async ({ error }) => {
          if (codeOf(error) === STATUS.ALREADY_EXISTS) return false;
          throw storeFailed('the migration', error);
        },
      },
      call,
    );
  }

  private refuseNewer(found: number): void {
    if (found > SCHEMA_VERSION) throw this.schemaError('SCHEMA_TOO_NEW', found);
  }

  private schemaError(code: 'MIGRATIONS_PENDING' | 'SCHEMA_TOO_NEW', found: number): EventspanError {
    return new EventspanError(code, { store: this.context.settings.databasePath, found, needed: SCHEMA_VERSION });
  }
}

function migrationRow({ version, name }: Migration): Mutation {
  return {
    insert: {
      table: 'migrations',
      columns: ['version', 'name', 'applied_at'],
      values: [{ values: [cell(version), cell(name), COMMIT_TIME] }],
    },
  };
}

function settingRow(name: string, value: string): Mutation {
  return { insert: { table: 'settings', columns: ['name', 'value'], values: [key(name, value)] } };
}
