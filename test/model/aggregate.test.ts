import { snapshotFault } from '../../src/model/snapshot-fault.js';
import type { AggregateModel, Decision } from '../../src/model/aggregate-model.js';
import { aggregateModelOf } from '../../src/model/class-aggregate.js';
import type { Constructor } from '../../src/messages/constructor.js';
import { ApproveLoan, DeclineLoan, Loan, loan, LoanApproved, LoanClosed, LoanDeclined, LoanSubmitted, SubmitLoan } from './loan-domain.js';

const STREAM = 'loan-173688';
const submitted = new LoanSubmitted('a-17', 20000);

const models = [
  { kind: 'a decorated class', model: aggregateModelOf(Loan) },
  { kind: 'defineAggregate', model: loan },
] as const;

describe.each(models)('an aggregate from $kind', ({ model: specific }) => {
  type State = { status: string; amount: number };
  const model = specific as unknown as AggregateModel<State>;

  const decide = (state: State, command: object): Promise<Decision<State>> => {
    const handling = model.commands.get(command.constructor as Constructor);
    if (handling === undefined) throw new TypeError('no handling');
    return handling.decide(state, command);
  };
  const after = (...events: object[]): State =>
    events.reduce<State>((state, event, at) => model.evolve(state, event, { streamId: STREAM, version: at + 1 }), model.initial(STREAM));

  it('says its name, its snapshots, its events, its commands and which streams they meet', () => {
    expect(model.name).toBe('loan');
    expect([1, 2, 3].map((version) => model.snapshots?.({ before: 0, after: version, loadMs: 0, events: [] }))).toEqual([
      false,
      false,
      true,
    ]);
    expect(model.events).toEqual([LoanSubmitted, LoanApproved, LoanDeclined]);
    expect([...model.commands].map(([type, { command, stream }]) => [type, command.name, stream])).toEqual([
      [SubmitLoan, 'loan.submit', 'new'],
      [ApproveLoan, 'loan.approve', 'existing'],
      [DeclineLoan, 'loan.decline', 'existing'],
    ]);
    expect(model.commands.get(ApproveLoan)?.command.aggregateId?.(new ApproveLoan('7'))).toBe('7');
  });

  it('decides on a command: the new events, the state with them, and what the handler returned', async () => {
    const first = await decide(model.initial(STREAM), new SubmitLoan('173688', 'a-17', 20000));
    expect(first.events).toEqual([submitted]);
    expect(first.events[0]).toBeInstanceOf(LoanSubmitted);
    expect(first.value).toBeUndefined();
    const second = await decide(first.state, new ApproveLoan('173688'));
    expect(second.events).toEqual([new LoanApproved()]);
    expect(second.value).toBe(20000);
    expect(second.state.status).toBe('approved');
  });

  it('gives each decision only its own events', async () => {
    const { state } = await decide(after(submitted), new ApproveLoan('173688'));
    const again = await decide(state, new ApproveLoan('173688'));
    expect(again.events).toEqual([]);
    expect(again.value).toBe(20000);
  });

  it('lets the domain refuse by throwing', async () => {
    await expect(decide(after(submitted, new LoanApproved()), new DeclineLoan('173688', 'late'))).rejects.toBeInstanceOf(LoanClosed);
  });

  it('rebuilds the state from stored events', () => {
    const state = after(submitted, new LoanDeclined('income'));
    expect(state).toMatchObject({ status: 'declined', amount: 20000 });
  });

  it('refuses an event that nothing applies with EVENT_NOT_APPLIED', () => {
    class Unknown {
      readonly x = 1;
    }
    expect(() => after(submitted, new Unknown())).toThrow(expect.objectContaining({ code: 'EVENT_NOT_APPLIED' }));
    expect(() => after({ constructor: LoanSubmitted })).toThrow(expect.objectContaining({ code: 'EVENT_NOT_APPLIED' }));
  });

  it('keeps streams apart', async () => {
    const other = model.initial('loan-2');
    await decide(model.initial('loan-1'), new SubmitLoan('1', 'a', 1));
    expect(other.status).toBe('new');
  });

  it('continues from a snapshot as from the events', async () => {
    const text = model.toSnapshot(after(submitted), 1);
    expect(JSON.parse(text)).toMatchObject({ revision: model.snapshotRevision, version: 1, state: expect.any(Object) });
    expect(model.snapshotRevision).toMatch(/^1-[0-9a-f]{8}$/);
    expect(snapshotFault(text, model.snapshotRevision)).toBeUndefined();
    const restored = model.fromSnapshot(STREAM, text);
    const { events, state } = await decide(restored, new ApproveLoan('173688'));
    expect(events).toEqual([new LoanApproved()]);
    expect(state).toMatchObject({ status: 'approved', amount: 20000 });
  });

  it.each([
    '',
    '{}',
    'null',
    '[]',
    '{"revision":1,"version":1,"state":{}}',
    '{"revision":"2-00000000","version":1,"state":{}}',
    '{"revision":1',
  ])('does not accept %j as a snapshot, and refuses to read it', (text) => {
    expect(snapshotFault(text, model.snapshotRevision)).toBe(
      text.startsWith('{"revision":') && text.endsWith('}') ? 'other-revision' : 'corrupt',
    );
    expect(() => model.fromSnapshot(STREAM, text)).toThrow(expect.objectContaining({ code: 'PAYLOAD_UNREADABLE' }));
  });

  it('accepts a snapshot by its head, and refuses to read a state that is broken', () => {
    const text = `{"revision":"${model.snapshotRevision}","version":1,"state":{"status":}`;
    expect(snapshotFault(text, model.snapshotRevision)).toBeUndefined();
    expect(() => model.fromSnapshot(STREAM, text)).toThrow(expect.objectContaining({ code: 'PAYLOAD_UNREADABLE' }));
  });
});
