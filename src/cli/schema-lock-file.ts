import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { EventspanError, formatSchemaLock, parseSchemaLock, type SchemaLock } from '../index.js';

/** Where the lock is kept when `--file` is not given. */
export const DEFAULT_LOCK_FILE = 'events.lock.json';

/** Undefined when there is none yet. Throws as `parseSchemaLock`, and `SCHEMA_LOCK_INVALID` for a file that cannot be read. */
export function readLock(file: string, app: string): SchemaLock | undefined {
  if (!existsSync(file)) return undefined;
  return parseSchemaLock(
    attempt(file, () => readFileSync(file, 'utf8')),
    { file, app },
  );
}

/** Whole or not at all. Throws `SCHEMA_LOCK_INVALID`. */
export function writeLock(file: string, lock: SchemaLock): void {
  attempt(file, () => {
    writeFileSync(`${file}.new`, formatSchemaLock(lock));
    renameSync(`${file}.new`, file);
  });
}

function attempt<R>(file: string, run: () => R): R {
  try {
    return run();
  } catch (cause) {
    throw new EventspanError('SCHEMA_LOCK_INVALID', { file, reason: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}
