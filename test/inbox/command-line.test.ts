import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onMessage } from '../../src/inbox/define-topic-consumer.js';
import { sqlite } from '../../src/sqlite/index.js';
import { until } from '../support/until.js';
import { addPayment, Harness, PaymentReceived, paymentMessage } from './support/harness.js';

const ROOT = path.join(__dirname, '../..');
const COMMAND = ['--require', path.join(ROOT, 'test/support/run-source.cjs'), path.join(ROOT, 'src/cli/main.ts')];
const folder = mkdtempSync(path.join(tmpdir(), 'dead-letters-cli-'));
const file = path.join(folder, 'log.db');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...COMMAND, 'dead-letters', ...args, '--store', `sqlite:${file}`], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

it('eventspan dead-letters lists, shows, edits, re-drives and discards, beside the process that runs the consumer', async () => {
  const on = [
    onMessage(PaymentReceived, async (event, context) => {
      if (event.amount < 0) throw new Error('below zero');
      await addPayment.handle(event, context);
    }),
  ];
  const harness = await Harness.make({ on, stores: sqlite(file), retry: { attempts: 1 } });
  await harness.engine.start();
  const ids = ['a', 'b', 'c'];
  await harness.publish(...ids.map((id, at) => paymentMessage(`o-${at}`, -1, { id })));
  await until(() => harness.engine.status().died === 3, 'all are dead');

  expect((await run('list')).out).toMatch(/billing +\/bank\|a +o-0 +payment.received +failed +1 .*below zero/);
  const shown = JSON.parse((await run('show', 'billing', '/bank|a', '--json')).out) as object;
  expect(shown).toMatchObject({ messageId: '/bank|a', contents: { data: '{"orderId":"o-0","amount":-1}' }, changes: [] });

  const failing = await run('redrive', '--reason', 'failed', '--json');
  expect([failing.code, JSON.parse(failing.out)]).toEqual([1, { requested: 3, pending: 0, settled: 0, failedAgain: 3 }]);

  const data = '{"orderId":"o-0","amount":4}';
  const edited = await run('edit', 'billing', '/bank|a', '--data', data, '--because', 'the sign', '--by', 'ann', '--json');
  expect([edited.code, JSON.parse(edited.out)]).toEqual([0, { requested: 1, pending: 0, settled: 1, failedAgain: 0 }]);
  expect(await harness.row('o-0')).toMatchObject({ total: 4 });

  const given = await run('discard', '--consumer', 'billing', '--because', 'tests', '--json');
  expect(JSON.parse(given.out)).toEqual({ discarded: 2 });
  expect((await run('list')).out).toContain('There are no dead letters.');
  const missing = await run('show', 'billing', '/bank|a');
  expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('DEAD_LETTER_UNKNOWN')]);
  expect((await run('redrive')).err).toContain('DEAD_LETTER_SELECTION_INVALID');
  await harness.close();
});
