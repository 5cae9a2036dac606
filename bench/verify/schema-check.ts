import { execFile } from 'node:child_process';
import path from 'node:path';
import type { SchemaChange } from 'eventspan';
import { CHANGE_VARIABLE } from './schema-app.js';
import { CHANGES } from './schema-changes.js';

/** What `eventspan schema check` said of a list of changes. */
export interface SchemaCheckProof {
  /** Incompatible changes of the list, and those that ended with 1 and were named. */
  readonly incompatible: number;
  readonly caught: number;
  /** Compatible ones, and those that ended with 0. */
  readonly compatible: number;
  readonly passed: number;
  /** Changes of which something else was said. */
  readonly differences: readonly string[];
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const CLI = path.join(path.dirname(require.resolve('eventspan/package.json')), 'dist/cli/main.js');
const APP = path.join(__dirname, 'schema-app.js');

/** Writes a lock with `schema lock` into `folder`, and runs `schema check` once for each change. */
export async function proveSchemaCheck(folder: string): Promise<SchemaCheckProof> {
  const file = path.join(folder, 'events.lock.json');
  const locked = await schema('lock', file, '');
  if (locked.code !== 0) throw new Error(`schema lock ended with ${locked.code}: ${locked.err}`);
  const names = Object.keys(CHANGES);
  const wrong = new Map<string, string>();
  for (const name of names) {
    const difference = differenceOf(await schema('check', file, name), CHANGES[name]?.caught);
    if (difference !== undefined) wrong.set(name, difference);
  }
  const [incompatible, compatible] = [true, false].map((isCaught) =>
    names.filter((name) => (CHANGES[name]?.caught !== undefined) === isCaught),
  );
  const right = (list: readonly string[] = []): number => list.filter((name) => !wrong.has(name)).length;
  return {
    incompatible: incompatible?.length ?? 0,
    caught: right(incompatible),
    compatible: compatible?.length ?? 0,
    passed: right(compatible),
    differences: [...wrong].map(([name, difference]) => `${name}: ${difference}`),
  };
}

function differenceOf({ code, out, err }: Ended, caught: SchemaChange['kind'] | undefined): string | undefined {
  const { changes = [] } = (out === '' ? {} : JSON.parse(out)) as { readonly changes?: readonly SchemaChange[] };
  const kinds = changes.filter(({ level }) => level === 'incompatible').map(({ kind }) => kind);
  const isRight = caught === undefined ? code === 0 && kinds.length === 0 : code === 1 && kinds.includes(caught);
  return isRight ? undefined : `ended with ${code}, incompatible: ${kinds.join(', ') || 'none'}${err && `; ${err.trim()}`}`;
}

function schema(command: 'lock' | 'check', file: string, change: string): Promise<Ended> {
  const args = [CLI, 'schema', command, '--app', APP, '--file', file, '--json'];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env: { ...process.env, [CHANGE_VARIABLE]: change } }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}
