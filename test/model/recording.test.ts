import { snapshotFault } from '../../src/model/snapshot-fault.js';
import { AggregateRoot } from '../../src/model/aggregate-root.js';
import { Aggregate } from '../../src/model/aggregate.decorator.js';
import { Apply } from '../../src/model/apply.decorator.js';
import { aggregateModelOf } from '../../src/model/class-aggregate.js';
import { Handle } from '../../src/model/handle.decorator.js';
import { ApproveLoan, LoanApproved, LoanDeclined, LoanSubmitted, SubmitLoan } from './loan-domain.js';

const coded = (code: string, details: object = {}): unknown =>
  expect.objectContaining({ code, details: expect.objectContaining(details) as unknown });

@Aggregate('probe')
class Probe extends AggregateRoot {
  seen: string[] = [];
  afterwards: (() => void) | undefined = undefined;

  @Handle(SubmitLoan)
  submit(command: SubmitLoan): void {
    this.record(new LoanSubmitted(command.applicant, command.amount));
    this.record(new LoanApproved());
  }

  @Handle(ApproveLoan)
  approve(command: ApproveLoan): void {
    this.record(new LoanApproved());
    if (command.loanId === 'throw') throw new RangeError('refused');
    if (command.loanId === 'swallow') this.swallow();
    this.afterwards = () => this.record(new LoanApproved());
  }

  /** Opens `record` to the tests. */
  try(event: object): void {
    this.record(event);
  }

  @Apply(LoanSubmitted)
  protected onSubmitted(event: LoanSubmitted): void {
    this.seen.push(`submitted ${event.amount} at ${this.version}`);
    if (event.amount < 0) this.record(new LoanApproved());
  }

  @Apply(LoanApproved)
  protected onApproved(): void {
    this.seen.push(`approved at ${this.version}`);
  }

  private swallow(): void {
    try {
      this.record(new LoanSubmitted('a', -1));
    } catch {
      this.seen.push('swallowed');
    }
  }
}

const model = aggregateModelOf(Probe);
const decide = (state: Probe, command: SubmitLoan | ApproveLoan): Promise<{ events: readonly object[] }> => {
  const handling = model.commands.get(command.constructor as typeof SubmitLoan);
  if (handling === undefined) throw new TypeError('no handling');
  return handling.decide(state, command);
};

describe('recording', () => {
  it('applies at once, counts the version and queues in order', async () => {
    const probe = model.initial('probe-7');
    const { events } = await decide(probe, new SubmitLoan('7', 'a', 5));
    expect(probe.seen).toEqual(['submitted 5 at 0', 'approved at 1']);
    expect(events).toEqual([new LoanSubmitted('a', 5), new LoanApproved()]);
    expect([probe.streamId, probe.id, probe.version]).toEqual(['probe-7', '7', 2]);
  });

  it('shows the version of the stream after loading and after a snapshot', () => {
    const probe = model.evolve(model.initial('probe-7'), new LoanApproved(), { streamId: 'probe-7', version: 41 });
    expect(probe.version).toBe(41);
    const restored = model.fromSnapshot('probe-7', model.toSnapshot(probe, probe.version));
    expect([restored.streamId, restored.id, restored.version]).toEqual(['probe-7', '7', 41]);
    expect(restored).toBeInstanceOf(Probe);
    expect(restored.seen).toEqual(probe.seen);
  });

  it('is open on an instance that a test made with new', () => {
    const probe = new Probe();
    probe.try(new LoanApproved());
    expect([probe.streamId, probe.id, probe.version, probe.seen]).toEqual(['', '', 1, ['approved at 0']]);
  });

  it('is refused inside an apply method', async () => {
    await expect(decide(model.initial('probe-7'), new SubmitLoan('7', 'a', -1))).rejects.toEqual(
      coded('RECORD_MISPLACED', { aggregate: 'Probe', event: 'LoanApproved', reason: expect.stringContaining('apply method') as string }),
    );
  });

  it('is refused when the handler has ended, so that a forgotten await is noticed', async () => {
    const probe = model.initial('probe-7');
    await decide(probe, new ApproveLoan('7'));
    expect(() => probe.afterwards?.()).toThrow(coded('RECORD_MISPLACED', { reason: 'no command is being handled' }) as Error);
  });

  it('is refused in the constructor', () => {
    class Eager extends Probe {
      constructor() {
        super();
        this.record(new LoanApproved());
      }
    }
    Aggregate('eager')(Eager);
    expect(() => aggregateModelOf(Eager).initial('eager-1')).toThrow(
      coded('RECORD_MISPLACED', { aggregate: 'Eager', reason: 'it was recorded in the constructor' }) as Error,
    );
  });

  it('is refused with EVENT_NOT_APPLIED for an event without apply method, and queues nothing', () => {
    const probe = new Probe();
    expect(() => probe.try(new LoanDeclined('r'))).toThrow(
      coded('EVENT_NOT_APPLIED', { aggregate: 'Probe', type: 'LoanDeclined' }) as Error,
    );
    expect(() => probe.try(null as unknown as object)).toThrow(coded('EVENT_NOT_APPLIED') as Error);
    expect(probe.version).toBe(0);
  });

  it('leaves nothing for a later command when the handler threw: the instance is spent', async () => {
    const probe = model.initial('probe-7');
    await expect(decide(probe, new ApproveLoan('throw'))).rejects.toThrow(RangeError);
    await expect(decide(probe, new ApproveLoan('7'))).rejects.toEqual(coded('RECORD_MISPLACED'));
    expect(() => probe.try(new LoanApproved())).toThrow(coded('RECORD_MISPLACED') as Error);
  });

  it('is for one command at a time: a second one is refused and the first keeps its events', async () => {
    const probe = model.initial('probe-7');
    const first = decide(probe, new ApproveLoan('7'));
    await expect(decide(probe, new ApproveLoan('7'))).rejects.toEqual(coded('RECORD_MISPLACED', { reason: 'it handles another command' }));
    expect((await first).events).toEqual([new LoanApproved()]);
  });

  it('gives no events when the handler swallowed the error of an apply method', async () => {
    await expect(decide(model.initial('probe-7'), new ApproveLoan('swallow'))).rejects.toEqual(coded('RECORD_MISPLACED'));
  });

  it('refuses an apply method that waits', () => {
    class Waiting extends AggregateRoot {
      later(): Promise<void> {
        return Promise.resolve();
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Waiting.prototype, 'later') as PropertyDescriptor;
    (Apply(LoanApproved) as MethodDecorator)(Waiting.prototype, 'later', descriptor);
    Aggregate('waiting')(Waiting);
    const waiting = aggregateModelOf(Waiting);
    expect(() => waiting.evolve(waiting.initial('waiting-1'), new LoanApproved(), { streamId: 'waiting-1', version: 1 })).toThrow(
      coded('APPLY_ASYNC', { place: 'Waiting.later' }) as Error,
    );
  });
});

describe('the snapshot of a class', () => {
  @Aggregate('kept', { snapshotEvery: 1, snapshotRevision: 4 })
  class Kept extends AggregateRoot {
    note: string | undefined = 'first';
    readonly list: number[] = [1];

    @Apply(LoanApproved)
    protected onApproved(): void {
      this.note = undefined;
      this.list.push(2);
    }
  }
  const kept = aggregateModelOf(Kept);
  const after = (): Kept => kept.evolve(kept.initial('kept-1'), new LoanApproved(), { streamId: 'kept-1', version: 1 });

  it('holds the own properties and nothing of the framework', () => {
    expect(JSON.parse(kept.toSnapshot(kept.initial('kept-1'), 0))).toEqual({
      revision: kept.snapshotRevision,
      version: 0,
      state: { note: 'first', list: [1] },
    });
    expect(kept.snapshotRevision).toMatch(/^4-[0-9a-f]{8}$/);
  });

  it('brings back a field that had become undefined as undefined, not as its initial value', () => {
    const restored = kept.fromSnapshot('kept-1', kept.toSnapshot(after(), 1));
    expect(restored.note).toBeUndefined();
    expect(restored.list).toEqual([1, 2]);
  });

  it('is passed over when it has another revision', () => {
    const text = kept.toSnapshot(after(), 1);
    expect(snapshotFault(text, kept.snapshotRevision)).toBeUndefined();
    expect(snapshotFault(text.replace('"revision":"4-', '"revision":"3-'), kept.snapshotRevision)).toBe('other-revision');
  });

  it('is refused with the path of a value that would not come back', () => {
    const state = after();
    state.list.push(Number.NaN);
    expect(() => kept.toSnapshot(state, 1)).toThrow(coded('PAYLOAD_NOT_EXACT', { path: '$.list[2]' }) as Error);
  });

  it('cannot be asked of a class with #private state; without snapshots such a class is fine', () => {
    class Hidden extends AggregateRoot {
      readonly #count = 1;
      count(): number {
        return this.#count;
      }
    }
    class HiddenWithSnapshots extends Hidden {}
    Aggregate('hidden')(Hidden);
    Aggregate('hidden-with-snapshots', { snapshotEvery: 5 })(HiddenWithSnapshots);
    expect(aggregateModelOf(Hidden).initial('hidden-1').count()).toBe(1);
    expect(() => aggregateModelOf(HiddenWithSnapshots)).toThrow(coded('CLASS_NOT_STORABLE') as Error);
  });
});
