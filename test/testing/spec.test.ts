import { Event } from '../../src/messages/event.decorator.js';
import { isEventspanError } from '../../src/errors/eventspan-error.js';
import { AggregateRoot } from '../../src/model/aggregate-root.js';
import { Aggregate } from '../../src/model/aggregate.decorator.js';
import { Apply } from '../../src/model/apply.decorator.js';
import { Handle } from '../../src/model/handle.decorator.js';
import { type AggregateSpec, spec } from '../../src/testing/index.js';
import {
  ApproveLoan,
  DeclineLoan,
  Loan,
  loan,
  LoanApproved,
  LoanClosed,
  LoanDeclined,
  LoanSubmitted,
  SubmitLoan,
} from '../model/loan-domain.js';

const submitted = new LoanSubmitted('a-17', 20000);
const submit = new SubmitLoan('173688', 'a-17', 20000);
const approve = new ApproveLoan('173688');

async function failureOf(expectation: Promise<void>): Promise<string> {
  const error: unknown = await expectation.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isEventspanError(error, 'SPEC_FAILED')) throw new TypeError('the spec was to fail', { cause: error });
  return error.message;
}

describe.each([
  ['a class', spec(Loan)],
  ['a functional aggregate', spec(loan) as unknown as AggregateSpec<Loan>],
])('a spec of %s passes', (_, aggregate) => {
  it('when exactly the expected events are recorded', async () => {
    await aggregate.when(submit).then(submitted);
    await aggregate.given(submitted).when(approve).then(new LoanApproved());
    await aggregate.given(submitted).given(new LoanApproved()).when(approve).thenNothing();
    await aggregate.given().when(submit).then(submitted);
  });

  it('when the command is refused as expected', async () => {
    const outcome = aggregate.given(submitted, new LoanApproved()).when(new DeclineLoan('173688', 'late'));
    await outcome.thenThrows(LoanClosed);
    await outcome.thenThrows(Error);
    await outcome.thenThrows('the loan is approved');
    await outcome.thenThrows(/is approved$/);
    await outcome.thenThrows({ status: 'approved' });
    await outcome.thenThrows((error) => error instanceof LoanClosed && error.status === 'approved');
  });

  it('when the stream is not as the handler needs it, and that is expected', async () => {
    await aggregate.given(submitted).when(submit).thenThrows('STREAM_EXISTS');
    await aggregate.when(approve).thenThrows('STREAM_MISSING');
    await aggregate.when(new SubmitLoan('', 'a', 1)).thenThrows('COMMAND_TARGET_INVALID');
    await aggregate.when({ loanId: '1' }).thenThrows('COMMAND_UNKNOWN');
  });

  it('when state and returned value are as expected', async () => {
    const outcome = aggregate.given(submitted).when(approve);
    await outcome.thenState({ status: 'approved' });
    await outcome.thenState((state) => state.amount === 20000);
    await outcome.thenReturns(20000);
    await outcome.then(new LoanApproved());
  });
});

describe('a spec fails with SPEC_FAILED', () => {
  it('and a difference of the events, in plain text', async () => {
    const message = await failureOf(spec(Loan).when(submit).then(new LoanSubmitted('a-17', 5), new LoanApproved()));
    expect(message).toContain(
      [
        'The spec of loan failed: it recorded other events.',
        '  (- expected, + recorded)',
        "  - LoanSubmitted { applicant: 'a-17', amount: 5 }",
        "  + LoanSubmitted { applicant: 'a-17', amount: 20000 }",
        '      amount: expected 5, found 20000',
        '  - LoanApproved { final: true }',
      ].join('\n'),
    );
  });

  it('when an event has the payload but not the class', async () => {
    const message = await failureOf(spec(Loan).given(submitted).when(new DeclineLoan('1', 'r')).then(new LoanApproved()));
    expect(message).toContain("  - LoanApproved { final: true }\n  + LoanDeclined { reason: 'r' }");
  });

  it('when something was recorded and nothing was expected, and the other way round', async () => {
    expect(await failureOf(spec(Loan).when(submit).thenNothing())).toContain('was to record nothing and recorded LoanSubmitted');
    expect(await failureOf(spec(Loan).given(submitted, new LoanApproved()).when(approve).then(new LoanApproved()))).toContain(
      '  - LoanApproved { final: true }',
    );
  });

  it('when the command was refused and events were expected, with the error as its cause', async () => {
    const refused = spec(Loan).given(submitted, new LoanApproved()).when(new DeclineLoan('1', 'r'));
    expect(await failureOf(refused.thenNothing())).toContain('it threw LoanClosed: the loan is approved');
    await expect(refused.then(new LoanDeclined('r'))).rejects.toMatchObject({ cause: expect.any(LoanClosed) as unknown });
  });

  it('when the command was accepted or refused otherwise, and a refusal was expected', async () => {
    expect(await failureOf(spec(Loan).when(submit).thenThrows(LoanClosed))).toContain('recorded LoanSubmitted');
    const refused = spec(Loan).given(submitted, new LoanApproved()).when(new DeclineLoan('1', 'r'));
    for (const other of [RangeError, 'STREAM_EXISTS', /declined/, { status: 'new' }, () => false]) {
      expect(await failureOf(refused.thenThrows(other))).toContain('threw LoanClosed: the loan is approved');
    }
  });

  it('when state or value are others', async () => {
    const outcome = spec(Loan).given(submitted).when(approve);
    expect(await failureOf(outcome.thenState({ status: 'declined' }))).toContain("status: expected 'declined', found 'approved'");
    expect(await failureOf(outcome.thenState(() => false))).toContain('was not accepted');
    expect(await failureOf(outcome.thenReturns(1))).toContain('it was to return 1 and returned 20000');
  });

  it('when the outcome is awaited with no expectation', async () => {
    const forgotten = (async () => {
      // oxlint-disable-next-line typescript/await-thenable -- the mistake under test
      await (spec(Loan).when(submit) as unknown as Promise<void>);
    })();
    expect(await failureOf(forgotten)).toContain('awaited with no expectation');
  });
});

describe('a spec stores what it is given and what is recorded', () => {
  @Event('probe.measured')
  class Measured {
    constructor(readonly value: unknown) {}
  }

  @Aggregate('loan', { snapshotEvery: 2 })
  class Probe extends AggregateRoot {
    last: unknown = 0;

    @Handle(SubmitLoan, { stream: 'any' })
    submit(command: SubmitLoan): void {
      this.record(new Measured(command.amount < 0 ? Number.NaN : command.amount));
    }

    @Apply(Measured)
    protected onMeasured(event: Measured): void {
      this.last = event.value === 'state' ? new Map() : event.value;
    }
  }

  it('so that an event that cannot be stored fails it', async () => {
    const outcome = spec(Probe).when(new SubmitLoan('1', 'a', -1));
    await outcome.thenThrows('PAYLOAD_NOT_EXACT');
    expect(await failureOf(outcome.thenNothing())).toContain('$.value');
    await spec(Probe).given(new Measured(-0)).when(submit).thenThrows('PAYLOAD_NOT_EXACT');
    await expect(spec(Probe).when(submit).then(new Measured(undefined), new Measured(Number.NaN))).rejects.toMatchObject({
      code: 'PAYLOAD_NOT_EXACT',
    });
  });

  it('so that a state that cannot go into a snapshot fails it', async () => {
    await spec(Probe).given(new Measured('state')).when(submit).thenThrows('PAYLOAD_NOT_EXACT');
    await spec(Probe).given(new Measured('plain')).when(submit).then(new Measured(20000));
  });

  it('and keeps a common past untouched', async () => {
    const past = spec(Loan).given(submitted);
    await past.given(new LoanApproved()).when(approve).thenNothing();
    await past.when(approve).then(new LoanApproved());
  });
});
