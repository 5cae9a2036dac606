import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlite } from 'eventspan/sqlite';
import { openShop } from './support/shop.js';

const folder = mkdtempSync(join(tmpdir(), 'inline-kills-'));
const file = join(folder, 'shop.db');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a selling process and kills it in the middle of its work, after so many sales; answers the last version of each shop that it told. */
function sellUntilKilled(sales: number): Promise<Map<string, number>> {
  const told = new Map<string, number>();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(__dirname, 'support/selling.cjs'), file], { stdio: ['ignore', 'pipe', 'pipe'] });
    let count = 0;
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => {
      for (const [, shop = '', version = ''] of chunk.toString().matchAll(/(\d+) (\d+)\n/g)) told.set(shop, Number(version));
      count += chunk.toString().split('\n').length - 1;
      if (count >= sales) child.kill('SIGKILL');
    });
    child.once('close', (_, signal) => (signal === 'SIGKILL' ? resolve(told) : reject(new Error(errors))));
  });
}

describe('[sqlite] a process that is killed', () => {
  it('has written, of every sale, the events and the rows or neither, each time', async () => {
    for (let round = 0; round < 5; round++) {
      const told = await sellUntilKilled(10 + round * 7);
      const app = await openShop(sqlite(file));
      try {
        for (const [shop, version] of told) {
          let events = 0;
          for await (const event of app.store.readStream(`shop-k-${shop}`)) events = event.version;
          const row = await app.readModel('takings').get('takings', { shop: `shop-k-${shop}` });
          expect(events).toBeGreaterThanOrEqual(version);
          expect(row).toMatchObject({ version: events, sales: events, total: (events / 2) * 3 });
          expect(await app.readModel('takings').all('receipts', { shop: `shop-k-${shop}` })).toHaveLength(events);
        }
      } finally {
        await app.stop();
      }
    }
  });
});
