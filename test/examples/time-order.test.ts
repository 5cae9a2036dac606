import { generateApplications } from '../../examples/loans/generator/generate.js';
import { inTimeOrder, type Step } from '../../examples/loans/time-order.js';
import type { LoanTrace } from '../../examples/loans/trace.js';

async function stepsOf(traces: Iterable<LoanTrace>): Promise<Step[]> {
  const steps: Step[] = [];
  for await (const step of inTimeOrder(traces)) steps.push(step);
  return steps;
}

function traceOf(application: string, ...times: string[]): LoanTrace {
  const records = times.map((at) => ({ activity: 'A_SUBMITTED', transition: 'COMPLETE' as const, at }));
  return { application, amount: 1, registeredAt: times[0] ?? '', records };
}

describe('records in time order', () => {
  it('are all there, sorted over applications, in order within one', async () => {
    const traces = [...generateApplications({ count: 300, seed: 3 })];
    const steps = await stepsOf(traces);
    expect(steps).toHaveLength(traces.reduce((sum, { records }) => sum + records.length, 0));
    const times = steps.map(({ record }) => Date.parse(record.at));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    for (const trace of traces) {
      expect(steps.filter((step) => step.trace === trace).map(({ index }) => index)).toEqual(trace.records.map((_, index) => index));
    }
  });

  it('compare instants, not texts', async () => {
    const traces = [traceOf('a', '2011-10-30T02:30:00+02:00', '2011-10-30T02:10:00+01:00'), traceOf('b', '2011-10-30T02:50:00+02:00')];
    expect((await stepsOf(traces)).map(({ trace }) => trace.application)).toEqual(['a', 'b', 'a']);
  });

  it('keep the order of one application even where its times go back, or it comes too late', async () => {
    const traces = [traceOf('a', '2012-01-02T00:00:00Z', '2012-01-01T00:00:00Z'), traceOf('b', '2011-01-01T00:00:00Z')];
    const steps = await stepsOf(traces);
    expect(steps.filter(({ trace }) => trace.application === 'a').map(({ index }) => index)).toEqual([0, 1]);
    expect(steps).toHaveLength(3);
  });

  it('hold only the applications that overlap in time', async () => {
    let begun = 0;
    function* counted(): Generator<LoanTrace> {
      for (let day = 1; day <= 9; day++) {
        begun++;
        yield traceOf(String(day), `2012-01-0${day}T00:00:00Z`, `2012-01-0${day}T12:00:00Z`);
      }
    }
    for await (const { trace } of inTimeOrder(counted())) expect(begun).toBeLessThanOrEqual(Number(trace.application) + 1);
  });
});
