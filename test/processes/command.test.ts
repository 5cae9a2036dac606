import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sqlite } from '../../src/sqlite/index.js';
import { systemClock } from '../../src/support/clock.js';
import { Checkout, OrderPlaced, StockReserved } from './support/checkout.js';
import { ProcessWorld } from './support/world.js';

const ROOT = path.join(__dirname, '../..');
const COMMAND = ['--require', path.join(ROOT, 'test/support/run-source.cjs'), path.join(ROOT, 'src/cli/main.ts'), 'processes'];
const folder = mkdtempSync(path.join(tmpdir(), 'processes-cli-'));
const file = path.join(folder, 'log.db');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function processes(...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...COMMAND, ...args, '--store', `sqlite:${file}`], { cwd: ROOT }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

describe('[sqlite] eventspan processes', () => {
  it('lists, shows and resumes a parked process that a service runs', async () => {
    const world = await ProcessWorld.open({ provider: sqlite(file, { shards: 4 }), clock: systemClock });
    await world.start(Checkout);
    await world.append('order-1', new OrderPlaced('1', 70));
    await world.settle('reserve-stock');
    await world.idle();
    await world.append('stock-1', new StockReserved('1'));
    await world.settle('take-payment', 'no credit');
    await world.settle('release-stock', 'the warehouse is closed');
    await world.untilStatus('1', 'parked');

    expect((await processes('list', '--status', 'parked')).out).toMatch(/checkout +1 +parked .*the warehouse is closed/);
    expect(JSON.parse((await processes('list', '--status', 'completed', '--json')).out)).toEqual({ processes: [] });
    const shown = (await processes('show', 'checkout', '1')).out;
    for (const text of ['order-placed', 'sent reserve-stock', 'undid step 1 with release-stock', 'refused, sent 1 times']) {
      expect(shown).toContain(text);
    }
    expect(await processes('show', 'checkout', '7')).toMatchObject({ code: 1, err: expect.stringContaining('PROCESS_UNKNOWN') as string });
    expect(await processes('skip', 'checkout', '1')).toMatchObject({ code: 2, err: expect.stringContaining('--because') as string });
    expect(await processes('compensate', 'checkout', '1', '--because', 'why not')).toMatchObject({
      code: 1,
      err: expect.stringContaining('PROCESS_STATUS_WRONG') as string,
    });

    expect(await processes('resume', 'checkout', '1', '--actor', 'ada')).toMatchObject({ code: 0, out: 'resume of checkout 1: done\n' });
    await world.settle('release-stock');
    await world.untilStatus('1', 'compensated');
    await world.close();
  });
});
