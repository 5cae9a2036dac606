import { defineProjector, on } from '../../src/projections/define-projector.js';
import { projectorSpec } from '../../src/testing/projector-spec/projector-spec.js';
import { Accounts, accounts, Closed, Customers, Noted, Paid } from './support/domain.js';

describe('a projector spec', () => {
  it('passes when the rows are as expected, also sums of counters', async () => {
    const spec = projectorSpec(Accounts).given(new Paid('a', 5), new Noted('x'), new Paid('a', 2)).givenIn('acc-2', new Closed('c'));
    await spec.thenRows('accounts', [
      { id: 'acc-2', last_version: 1, closed: true },
      { id: 'stream-1', total: 7, events: 2, last_version: 3 },
    ]);
    await spec.thenRows('counts', [
      { kind: 'paid', n: 2, amount: 7 },
      { kind: 'closed', n: 1 },
    ]);
    await projectorSpec(new Customers()).thenRows('customers', []);
  });

  it('fails with the difference', async () => {
    const spec = projectorSpec(Accounts).given(new Paid('a', 5));
    const failing = spec.thenRows('accounts', [{ id: 'stream-1', total: 6, events: 1, last_version: 1 }]);
    await expect(failing).rejects.toMatchObject({
      code: 'PROJECTOR_SPEC_FAILED',
      message: expect.stringContaining("+ { id: 'stream-1', total: 5") as string,
    });
    await expect(spec.thenRows('nowhere', [])).rejects.toMatchObject({ code: 'PROJECTION_UNKNOWN_TABLE' });
  });

  it.each(['shared', 'stream'] as const)("gives everything of the event to the handler of rows '%s'", async (rows) => {
    const projector = defineProjector({
      name: 'seen',
      rows,
      tables: [{ ...accounts, columns: { id: 'string', actor: 'string', time: 'timestamp', place: 'string', replay: 'boolean' } }],
      on: [
        on(Paid, (_event, { view, streamId, metadata, time, version, position, isReplay }) => {
          const place = `${version} ${position.endsWith(`/${version}/${streamId}`)}`;
          const seconds = new Date(Math.floor(time.getTime() / 1000) * 1000);
          view.upsert('accounts', { id: streamId, actor: metadata.actor, time: seconds, place, replay: isReplay });
        }),
      ],
    });
    const at = new Date('2026-03-01T10:00:00Z');
    const spec = projectorSpec(projector).givenIn({ streamId: 'acc-9', metadata: { actor: 'ada' }, at }, new Paid('a', 1));
    await spec.thenRows('accounts', [{ id: 'acc-9', actor: 'ada', time: at, place: '1 true', replay: false }]);
  });

  it('expects errors of handlers, and reports those not expected', async () => {
    const projector = defineProjector({ name: 'odd', on: [on(Paid, (_event, { view }) => view.upsert('no_table', {}))] });
    const spec = projectorSpec(projector).given(new Paid('a', 1));
    await spec.thenThrows('VIEW_TABLE_UNKNOWN');
    await expect(spec.thenRows('x', [])).rejects.toMatchObject({ code: 'PROJECTOR_SPEC_FAILED' });
    await expect(spec.thenThrows('VIEW_ROW_EXISTS')).rejects.toMatchObject({ code: 'PROJECTOR_SPEC_FAILED' });
    await expect(projectorSpec(projector).thenThrows('any')).rejects.toMatchObject({ code: 'PROJECTOR_SPEC_FAILED' });
  });

  it("finds out a row that two streams write although rows are 'stream'", async () => {
    const projector = defineProjector({
      name: 'broken-promise',
      rows: 'stream',
      tables: [accounts],
      on: [on(Paid, (event, { view }) => view.upsert('accounts', { id: event.customer, total: event.amount }))],
    });
    const spec = projectorSpec(projector).givenIn('acc-1', new Paid('ada', 1)).givenIn('acc-2', new Paid('ada', 1));
    await spec.thenThrows(/rows are 'stream', and acc-1 and acc-2 both use the row/);
  });
});
