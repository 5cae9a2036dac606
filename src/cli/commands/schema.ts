import type { Command } from 'commander';
import {
  appSchemaOf,
  compareSchemas,
  createRegistry,
  EventspanError,
  formatSchemaLock,
  type AppSchema,
  type EventspanOptions,
  type SchemaChange,
  type SchemaLock,
} from '../../index.js';
import { APP_MODULE, loadApp } from '../app-module.js';
import { DEFAULT_LOCK_FILE, readLock, writeLock } from '../schema-lock-file.js';

interface SchemaArguments {
  readonly app?: string;
  readonly file: string;
  readonly accept?: boolean;
  readonly frozen?: boolean;
  readonly json?: boolean;
}

/** What both commands look at. */
interface Found {
  readonly options: EventspanOptions;
  readonly today: AppSchema;
  readonly lock: SchemaLock | undefined;
  readonly changes: readonly SchemaChange[];
}

/** `eventspan schema lock|check` */
export function addSchema(program: Command): void {
  const schema = program.command('schema').description('keep stored events readable: agree on their schema, and find what breaks it');
  schema
    .command('lock')
    .description('write names, versions and fields of all events; refuses incompatible changes')
    .option('--app <module>', APP_MODULE)
    .option('--file <file>', 'the lock', DEFAULT_LOCK_FILE)
    .option('--accept', 'write it in spite of incompatible changes, when no such event is stored anywhere')
    .option('--json', 'print one JSON line')
    .action(lockSchema);
  schema
    .command('check')
    .description('compare the code with the lock; ends with 1 where stored events could not be read')
    .option('--app <module>', APP_MODULE)
    .option('--file <file>', 'the lock', DEFAULT_LOCK_FILE)
    .option('--frozen', 'end with 1 for any change that is not in the lock')
    .option('--json', 'print one JSON line')
    .action(checkSchema);
}

async function lockSchema(options: SchemaArguments): Promise<void> {
  const { options: app, today, lock, changes } = await look(options);
  const isRefused = hasIncompatible(changes) && options.accept !== true;
  if (!isRefused) {
    createRegistry(app);
    writeLock(options.file, today);
  }
  const events = Object.keys(today.events).length;
  report(options, { isOk: !isRefused, written: !isRefused, events, changes }, () => {
    if (isRefused) return `Not written: ${options.file} would forget events that may be stored. Write the upcasters, or use --accept.`;
    return `${options.file} ${lock === undefined ? 'written' : 'brought up to date'}: ${events} events.`;
  });
}

async function checkSchema(options: SchemaArguments): Promise<void> {
  const { options: app, today, lock, changes } = await look(options);
  if (lock === undefined) throw new EventspanError('SCHEMA_LOCK_INVALID', { file: options.file, reason: 'there is no such file' });
  const isIncompatible = hasIncompatible(changes);
  // What the lock does not know of, as a circle of upcasters, is told by its own error.
  if (!isIncompatible) createRegistry(app);
  const isCurrent = formatSchemaLock(today) === formatSchemaLock(lock);
  const isOk = !isIncompatible && (isCurrent || options.frozen !== true);
  report(options, { isOk, isCurrent, events: Object.keys(today.events).length, changes }, () => {
    if (isIncompatible) return 'Stored events could not be read any more.';
    return isCurrent
      ? `${options.file} is up to date.`
      : `Stored events stay readable. Run eventspan schema lock and commit ${options.file}.`;
  });
}

async function look({ app, file }: SchemaArguments): Promise<Found> {
  const options = await loadApp(app);
  const today = appSchemaOf(options);
  const lock = readLock(file, today.app);
  return { options, today, lock, changes: lock === undefined ? [] : compareSchemas(lock, today) };
}

function hasIncompatible(changes: readonly SchemaChange[]): boolean {
  return changes.some(({ level }) => level === 'incompatible');
}

function report(
  { json, file }: SchemaArguments,
  result: { readonly isOk: boolean; readonly changes: readonly SchemaChange[]; readonly [name: string]: unknown },
  summary: () => string,
): void {
  if (!result.isOk) process.exitCode = 1;
  if (json === true) {
    console.log(JSON.stringify({ file, ...result }));
    return;
  }
  for (const change of result.changes) console.log(lineOf(change));
  console.log(summary());
}

function lineOf({ level, event, message, fix }: SchemaChange): string {
  const line = `${level.toUpperCase()} ${event}: ${message}`;
  return fix === undefined ? line : `${line}\n  ${fix.replaceAll('\n', '\n  ')}`;
}
