import { recordToCommand } from '../../examples/loans/record-to-command.js';
import { generateApplications } from '../../examples/loans/generator/generate.js';
import type { LoanTrace } from '../../examples/loans/trace.js';

/** Of the 13,087 applications of the real log. */
const REAL: Readonly<Record<string, number>> = {
  A_SUBMITTED: 13_087,
  A_PARTLYSUBMITTED: 13_087,
  A_DECLINED: 7_635,
  A_PREACCEPTED: 7_367,
  A_ACCEPTED: 5_113,
  A_FINALIZED: 5_015,
  A_CANCELLED: 2_807,
  A_REGISTERED: 2_246,
  A_APPROVED: 2_246,
  A_ACTIVATED: 2_246,
  O_SELECTED: 7_030,
  O_CREATED: 7_030,
  O_SENT: 7_030,
  O_CANCELLED: 3_655,
  O_SENT_BACK: 3_454,
  O_ACCEPTED: 2_243,
  O_DECLINED: 802,
  'W_Completeren aanvraag': 54_850,
  'W_Nabellen offertes': 52_016,
  'W_Nabellen incomplete dossiers': 25_190,
  'W_Valideren aanvraag': 20_809,
  'W_Afhandelen leads': 16_566,
};
const COUNT = 6_000;
const traces: LoanTrace[] = [...generateApplications({ count: COUNT, seed: 11 })];

describe('generated applications', () => {
  it('are the same for the same seed, and others for another', () => {
    expect([...generateApplications({ count: 50, seed: 11 })]).toEqual(traces.slice(0, 50));
    expect([...generateApplications({ count: 50, seed: 12 })]).not.toEqual(traces.slice(0, 50));
  });

  it.each(Object.entries(REAL))('have %s as often as the real ones, within 15 percent', (activity, real) => {
    const found = traces.reduce((sum, { records }) => sum + records.filter((record) => record.activity === activity).length, 0);
    const share = found / COUNT / (real / 13_087);
    expect(share).toBeGreaterThan(0.85);
    expect(share).toBeLessThan(1.15);
  });

  it('come sorted by their first record, each in the order of its times, under numbers of their own', () => {
    const begins = traces.map(({ records }) => Date.parse(records[0]?.at ?? ''));
    expect(begins).toEqual([...begins].sort((a, b) => a - b));
    for (const { records } of traces) {
      const times = records.map(({ at }) => Date.parse(at));
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
    expect(new Set(traces.map(({ application }) => application)).size).toBe(COUNT);
  });

  it('are refused a count that is none', () => {
    expect(() => [...generateApplications({ count: -1 })]).toThrow(RangeError);
  });
});

describe('a record that is no step of the process', () => {
  const [trace] = traces as [LoanTrace];
  it.each([
    ['X_UNKNOWN', 'COMPLETE'],
    ['W_Koffie zetten', 'START'],
    ['A_APPROVED', 'START'],
  ] as const)('%s %s is refused with the application it is in', (activity, transition) => {
    const record = { activity, transition, at: trace.registeredAt };
    expect(() => recordToCommand(trace, record)).toThrow(
      expect.objectContaining({ code: 'RECORD_UNKNOWN', message: expect.stringContaining(trace.application) }),
    );
  });
});
