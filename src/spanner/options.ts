import { EventspanError } from '../errors/eventspan-error.js';
import { checkShardCount } from '../event-store/read-plan.js';
import { DEFAULT_SHARD_COUNT } from '../event-store/shard.js';

/** Which database, and how it is reached. */
export interface SpannerOptions {
  readonly project: string;
  readonly instance: string;
  readonly database: string;
  /** Shards of the log, 1..1,024, fixed when the database is first migrated. Default 16. */
  readonly shards?: number;
  /**
   * `'auto'`: `open` migrates; on the emulator it creates instance and database too. `'check'`: `open` throws
   * `MIGRATIONS_PENDING`. Default `'auto'` on the emulator, else `'check'`.
   */
  readonly migrate?: 'auto' | 'check';
  /** `host:port` of an emulator. Default: the environment variable SPANNER_EMULATOR_HOST. */
  readonly emulatorHost?: string;
  /** More options of the generated client: `credentials`, `keyFilename`, `apiEndpoint`, `universeDomain`, `grpc.*` ... */
  readonly client?: Readonly<Record<string, unknown>>;
}

/** {@link SpannerOptions} with everything decided. */
export interface SpannerSettings {
  readonly project: string;
  readonly instance: string;
  readonly database: string;
  readonly instancePath: string;
  readonly databasePath: string;
  readonly shards: number;
  readonly migrate: 'auto' | 'check';
  /** Undefined: the real service. */
  readonly emulatorHost: string | undefined;
  readonly client: Readonly<Record<string, unknown>>;
}

/** Checks options and fills the defaults in. Throws `OPTION_INVALID`. */
export function spannerSettings(options: SpannerOptions): SpannerSettings {
  const { project, instance, database, client = {} } = options;
  checkName('project', project, /^[a-z0-9.:-]{1,128}$/);
  checkName('instance', instance, /^[a-z][a-z0-9-]{0,62}[a-z0-9]$/);
  checkName('database', database, /^[a-z][a-z0-9_-]{0,28}[a-z0-9]$/);
  const emulatorHost = emulatorHostOf(options);
  const instancePath = `projects/${project}/instances/${instance}`;
  return {
    project,
    instance,
    database,
    instancePath,
    databasePath: `${instancePath}/databases/${database}`,
    shards: checkShardCount(options.shards ?? DEFAULT_SHARD_COUNT),
    migrate: options.migrate ?? (emulatorHost === undefined ? 'check' : 'auto'),
    emulatorHost,
    client,
  };
}

function emulatorHostOf(options: SpannerOptions): string | undefined {
  const host = options.emulatorHost ?? process.env['SPANNER_EMULATOR_HOST'] ?? '';
  if (host === '') return undefined;
  checkName('emulatorHost', host, /^[^/\s]+:\d+$/);
  return host;
}

function checkName(path: string, value: string, pattern: RegExp): void {
  if (typeof value !== 'string' || !pattern.test(value)) {
    throw new EventspanError('OPTION_INVALID', { path, value, bound: `text that matches ${pattern.source}` });
  }
}
