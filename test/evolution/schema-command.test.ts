import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.join(__dirname, '../..');
const COMMAND = ['--require', path.join(ROOT, 'test/support/run-source.cjs'), path.join(ROOT, 'src/cli/main.ts')];
let folder: string;
let lock: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'eventspan-schema-'));
  lock = path.join(folder, 'events.lock.json');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** An application with one event, as its options and its class say. */
function app(name: string, event: { options: string; fields: string; upcasters?: string; name?: string }): string {
  const file = path.join(folder, `${name}.cjs`);
  writeFileSync(
    file,
    `const { memory, Event, upcast } = require(${JSON.stringify(path.join(ROOT, 'src/index.ts'))});
     class Ordered {}
     Event('${event.name ?? 'ordered'}', { ${event.options} fields: { ${event.fields} } })(Ordered);
     module.exports = { name: 'shop', store: memory(), events: [Ordered], upcasters: [${event.upcasters ?? ''}] };`,
  );
  return file;
}

function schema(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...COMMAND, 'schema', ...args, '--file', lock], { cwd: ROOT }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

describe('eventspan schema', () => {
  it('locks, finds what breaks stored events, says the code that is missing, and is content with it', async () => {
    const first = app('first', { options: '', fields: "id: 'string', amount: 'integer'" });
    expect(await schema('check', '--app', first)).toMatchObject({ code: 1, err: expect.stringContaining('SCHEMA_LOCK_INVALID') });
    expect(await schema('lock', '--app', first)).toMatchObject({ code: 0, out: expect.stringContaining('1 events') });
    const written = readFileSync(lock, 'utf8');
    expect(await schema('check', '--app', first, '--frozen')).toMatchObject({ code: 0, out: expect.stringContaining('up to date') });

    const retyped = app('retyped', { options: '', fields: "id: 'string', amount: 'string'" });
    const check = await schema('check', '--app', retyped);
    expect(check.code).toBe(1);
    expect(check.out).toContain('INCOMPATIBLE ordered: amount was integer and is string');
    expect(check.out).toContain('upcast(Ordered, { from: 1 }');
    expect(await schema('lock', '--app', retyped)).toMatchObject({ code: 1, out: expect.stringContaining('Not written') });
    expect(readFileSync(lock, 'utf8')).toBe(written);

    const upcasters = 'upcast(Ordered, { from: 1 }, (data) => ({ ...data, amount: String(data.amount) }))';
    const raised = app('raised', { options: 'version: 2,', fields: "id: 'string', amount: 'string'", upcasters });
    const frozen = await schema('check', '--app', raised, '--frozen', '--json');
    expect([frozen.code, JSON.parse(frozen.out)]).toMatchObject([
      1,
      { isOk: false, isCurrent: false, changes: [{ kind: 'version-raised' }] },
    ]);
    expect(await schema('check', '--app', raised)).toMatchObject({ code: 0, out: expect.stringContaining('Run eventspan schema lock') });
    const locked = await schema('lock', '--app', raised, '--json');
    expect([locked.code, JSON.parse(locked.out)]).toMatchObject([0, { written: true, events: 1 }]);
    expect(readFileSync(lock, 'utf8')).toContain('"version": 2');
  }, 60_000);

  it('accepts on demand what it would refuse', async () => {
    const other = app('other', { options: '', fields: "id: 'string'", name: 'placed' });
    expect((await schema('lock', '--app', other)).code).toBe(1);
    expect((await schema('lock', '--app', other, '--accept')).code).toBe(0);
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toMatchObject({ app: 'shop', events: { placed: { fields: { id: 'string' } } } });
  }, 60_000);
});
