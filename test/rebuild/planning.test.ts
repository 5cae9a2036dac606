import * as fc from 'fast-check';
import { isEventspanError } from '../../src/errors/eventspan-error.js';
import { isUnderWay, type GenerationRecord, type GenerationState } from '../../src/projections/rebuild/generation-record.js';
import { planEngines } from '../../src/projections/rebuild/plan-engines.js';
import {
  isStep,
  liveOf,
  planAnnounce,
  planCancel,
  planCleaned,
  planDrop,
  planFirst,
  planNewVersion,
  planRebuild,
  planRollback,
  planStep,
  planSwitch,
  underWayOf,
  type GenerationChanges,
  type Generations,
} from '../../src/projections/rebuild/plan-generations.js';
import { planTask, reasonToWait } from '../../src/projections/rebuild/plan-task.js';
import type { ProjectorDefinition } from '../../src/projections/projector-definition.js';

const now = new Date(1_000_000);
const code = (version: number): ProjectorDefinition => ({
  name: 'p',
  version,
  tables: [],
  rows: 'shared',
  events: [],
  handle: () => undefined,
});
const identity = (record: GenerationRecord): string => `${record.version}.${record.run}`;

function apply(generations: Generations, changes: GenerationChanges): Generations {
  const rows = new Map(generations.map((record) => [identity(record), record]));
  for (const change of changes) rows.set(identity(change), change);
  return [...rows.values()].toSorted((a, b) => a.version - b.version || a.run - b.run);
}

const started = (version = 1): Generations => planFirst([], { projector: code(version), run: 0, now });
const rebuilt = (generations: Generations, version = 1, mode: 'auto' | 'when-equal' | 'manual' = 'auto'): Generations =>
  apply(generations, planRebuild(generations, { projector: code(version), mode, now }).changes);

/** Takes the generation that is under way to a state. */
function lead(generations: Generations, ...states: readonly GenerationState[]): Generations {
  return states.reduce<Generations>((all, to) => {
    const running = underWayOf(all) as GenerationRecord;
    return apply(all, planStep(all, { generation: running, from: [running.state], to, now }));
  }, generations);
}

function switched(generations: Generations): Generations {
  const ready = underWayOf(generations) as GenerationRecord;
  return apply(generations, planSwitch(generations, { generation: ready, from: ['ready'], now }));
}

const states = (generations: Generations): string[] => generations.map((record) => `${identity(record)} ${record.state}`);

describe('the first generation', () => {
  it('is live at once, and only once', () => {
    const first = started();
    expect(states(first)).toEqual(['1.0 live']);
    expect(planFirst(first, { projector: code(1), run: 0, now })).toEqual([]);
  });
});

describe('a version above the live one', () => {
  it('is filled beside it, once', () => {
    const first = started();
    const both = apply(first, planNewVersion(first, { projector: code(2), mode: 'auto', now }));
    expect(states(both)).toEqual(['1.0 live', '2.0 new']);
    expect(planNewVersion(both, { projector: code(2), mode: 'auto', now })).toEqual([]);
    expect(planNewVersion(first, { projector: code(1), mode: 'auto', now })).toEqual([]);
  });

  it('is not begun again by itself after it failed', () => {
    const failed = lead(rebuilt(started(), 2), 'filling', 'failed');
    expect(planNewVersion(failed, { projector: code(2), mode: 'auto', now })).toEqual([]);
  });

  it('waits while another rebuild is under way', () => {
    const running = rebuilt(started());
    expect(planNewVersion(running, { projector: code(2), mode: 'auto', now })).toEqual([]);
  });
});

describe('asking for a rebuild', () => {
  it('counts the run up', () => {
    const second = switched(lead(rebuilt(started()), 'filling', 'catching-up', 'ready'));
    expect(states(second)).toEqual(['1.0 retired', '1.1 live']);
    expect(states(rebuilt(second))).toEqual(['1.0 retired', '1.1 live', '1.2 new']);
  });

  it('joins the one of the same version, and names another that is in its way', () => {
    const running = rebuilt(started());
    expect(planRebuild(running, { projector: code(1), mode: 'auto', now })).toMatchObject({
      joined: true,
      changes: [],
      generation: { run: 1 },
    });
    expect(() => planRebuild(running, { projector: code(2), mode: 'auto', now })).toThrow(
      expect.objectContaining({ code: 'REBUILD_RUNNING', details: { projector: 'p', running: 'p:v1.1', state: 'new' } }),
    );
  });

  it('drops what failed before, and starts fresh', () => {
    const failed = lead(rebuilt(started()), 'filling', 'failed');
    expect(states(rebuilt(failed))).toEqual(['1.0 live', '1.1 dropped', '1.2 new']);
  });

  it('is refused for code older than the live version, and before the first start', () => {
    expect(() => planRebuild(started(2), { projector: code(1), mode: 'auto', now })).toThrow(
      expect.objectContaining({ code: 'REBUILD_VERSION_OLD' }),
    );
    expect(() => planRebuild([], { projector: code(1), mode: 'auto', now })).toThrow(
      expect.objectContaining({ code: 'PROJECTION_NOT_BUILT' }),
    );
  });
});

describe('rolling back', () => {
  const twice = switched(lead(rebuilt(started(), 2), 'filling', 'catching-up', 'ready'));

  it('brings the one that was live last up to date first', () => {
    const { changes, generation } = planRollback(twice, { projector: 'p', atOnce: false, now });
    expect(states(apply(twice, changes))).toEqual(['1.0 catching-up', '2.0 live']);
    expect(generation).toMatchObject({ version: 1, state: 'catching-up' });
  });

  it('switches at once when told', () => {
    expect(states(apply(twice, planRollback(twice, { projector: 'p', atOnce: true, now }).changes))).toEqual(['1.0 live', '2.0 retired']);
  });

  it('is given up by going back, not by dropping', () => {
    const back = apply(twice, planRollback(twice, { projector: 'p', atOnce: false, now }).changes);
    expect(states(apply(back, planCancel(back, 'p', now)))).toEqual(['1.0 retired', '2.0 live']);
  });

  it('needs something to go back to', () => {
    expect(() => planRollback(started(), { projector: 'p', atOnce: false, now })).toThrow(
      expect.objectContaining({ code: 'ROLLBACK_IMPOSSIBLE' }),
    );
    expect(() => planRollback(twice, { projector: 'p', to: { version: 7, run: 0 }, atOnce: false, now })).toThrow(
      expect.objectContaining({ code: 'GENERATION_UNKNOWN' }),
    );
  });
});

describe('dropping', () => {
  it('takes what is retired or failed, and never the live one', () => {
    const twice = switched(lead(rebuilt(started(), 2), 'filling', 'catching-up', 'ready'));
    expect(states(apply(twice, planDrop(twice, { projector: 'p', now })))).toEqual(['1.0 dropped', '2.0 live']);
    expect(() => planDrop(twice, { projector: 'p', only: { version: 2, run: 0 }, now })).toThrow(
      expect.objectContaining({ code: 'GENERATION_NOT_DROPPABLE' }),
    );
  });
});

describe('a step', () => {
  it('that is done already is no change, and one from elsewhere is refused', () => {
    const running = rebuilt(started());
    const generation = underWayOf(running) as GenerationRecord;
    expect(planStep(running, { generation, from: ['filling'], to: 'new', now })).toEqual([]);
    expect(() => planStep(running, { generation, from: ['filling'], to: 'catching-up', now })).toThrow(
      expect.objectContaining({ code: 'REBUILD_OVERTAKEN' }),
    );
  });
});

describe('the next task', () => {
  const versions = new Set([1, 2]);
  const task = (generations: Generations, known: ReadonlySet<number> = versions): string | undefined =>
    planTask(generations, { versions: known, now: now.getTime(), graceMs: 4_000 })?.kind;

  it('follows the state', () => {
    const begun = rebuilt(started());
    expect(task(started())).toBeUndefined();
    expect(task(begun)).toBe('fill');
    expect(task(lead(begun, 'filling'))).toBe('fill');
    expect(task(lead(begun, 'filling', 'catching-up'))).toBe('compare');
    const ready = lead(begun, 'filling', 'catching-up', 'ready');
    expect(task(ready)).toBe('announce');
    const announced = apply(ready, planAnnounce(ready, underWayOf(ready) as GenerationRecord, now));
    expect(task(announced)).toBe('switch');
    expect(task(apply(announced, planCancel(announced, 'p', now)))).toBe('cancel');
  });

  it('is left to those who have the code, but for giving up and cleaning up', () => {
    const begun = rebuilt(started());
    expect(task(begun, new Set([3]))).toBeUndefined();
    expect(task(apply(begun, planCancel(begun, 'p', now)), new Set())).toBe('cancel');
    const failed = lead(begun, 'filling', 'failed');
    expect(task(apply(failed, planDrop(failed, { projector: 'p', now })), new Set())).toBe('clean');
  });

  it('cleans up what was live only when every process knows', () => {
    const twice = switched(lead(rebuilt(started(), 2), 'filling', 'catching-up', 'ready'));
    const dropped = apply(twice, planDrop(twice, { projector: 'p', now }));
    const at = (ms: number): string | undefined => planTask(dropped, { versions, now: now.getTime() + ms, graceMs: 4_000 })?.kind;
    expect(at(3_999)).toBeUndefined();
    expect(at(4_000)).toBe('clean');
    expect(task(apply(dropped, planCleaned(dropped, dropped[0] as GenerationRecord, now)))).toBeUndefined();
  });

  it('waits for an operator when told, when the rows differ, or when streams are parked', () => {
    const comparison = { equal: false, with: 'p:v1', at: '', tables: [], tablesOnlyIn: { old: [], new: [] }, parkedOnlyInNew: [] };
    const ready = (mode: 'auto' | 'when-equal' | 'manual', compared: GenerationRecord['comparison']): GenerationRecord => ({
      ...(underWayOf(lead(rebuilt(started(), 1, mode), 'filling', 'catching-up', 'ready')) as GenerationRecord),
      comparison: compared,
    });
    const live = liveOf(started());
    expect(reasonToWait(ready('auto', comparison), live)).toBeUndefined();
    expect(reasonToWait(ready('when-equal', comparison), live)).toEqual({ code: 'REBUILD_DIFFERS' });
    expect(reasonToWait(ready('when-equal', { ...comparison, equal: true }), live)).toBeUndefined();
    expect(reasonToWait(ready('manual', { ...comparison, equal: true }), live)).toEqual({ code: null });
    expect(reasonToWait(ready('auto', { ...comparison, parkedOnlyInNew: ['s-1'] }), live)).toEqual({ code: 'REBUILD_PARKED' });
  });
});

describe('the engines of a process', () => {
  it('are the live one, and an older version as long as its code is there', () => {
    const twice = switched(lead(rebuilt(started(), 2), 'filling', 'catching-up', 'ready'));
    const modes = (versions: readonly number[]): string[] =>
      planEngines(twice, versions.map(code)).map(({ generation, mode }) => `${generation.version}.${generation.run} ${mode}`);
    expect(modes([1, 2])).toEqual(['1.0 quiet', '2.0 live']);
    expect(modes([1])).toEqual(['1.0 quiet']);
    expect(modes([3])).toEqual([]);
  });

  it('leave out a retired run of the live version, and what is being filled', () => {
    const second = switched(lead(rebuilt(started()), 'filling', 'catching-up', 'ready'));
    const third = lead(rebuilt(second), 'filling');
    expect(planEngines(third, [code(1)]).map(({ generation }) => generation.run)).toEqual([1]);
  });
});

/** Whatever anybody does in whatever order. */
const deeds: readonly ((generations: Generations, n: number) => GenerationChanges)[] = [
  (generations, n) => planFirst(generations, { projector: code((n % 3) + 1), run: 0, now }),
  (generations, n) => planNewVersion(generations, { projector: code((n % 3) + 1), mode: 'auto', now }),
  (generations, n) => planRebuild(generations, { projector: code((n % 3) + 1), mode: 'auto', now }).changes,
  (generations) => planCancel(generations, 'p', now),
  (generations, n) => planRollback(generations, { projector: 'p', atOnce: n % 2 === 0, now }).changes,
  (generations) => planDrop(generations, { projector: 'p', now }),
  (generations, n) => {
    const running = underWayOf(generations);
    const to = (['filling', 'catching-up', 'ready', 'failed', 'cancelled'] as const)[n % 5] as GenerationState;
    if (running === undefined || (running.liveSince !== null && (to === 'failed' || to === 'cancelled'))) return [];
    return planStep(generations, { generation: running, from: [running.state], to, now });
  },
  (generations) => {
    const running = underWayOf(generations);
    return running === undefined ? [] : planAnnounce(generations, running, now);
  },
  (generations) => {
    const running = underWayOf(generations);
    return running === undefined ? [] : planSwitch(generations, { generation: running, from: ['ready'], now });
  },
  (generations, n) => {
    const record = generations[n % Math.max(1, generations.length)];
    return record === undefined || record.state !== 'dropped' ? [] : planCleaned(generations, record, now);
  },
];

describe('whatever is done in whatever order', () => {
  it('one generation is live, one at most is under way, steps are those of the state machine, and each deed done twice is done once', () => {
    const story = fc.array(fc.record({ deed: fc.nat(deeds.length - 1), n: fc.nat(30) }), { maxLength: 40 });
    fc.assert(
      fc.property(story, (steps) => {
        let all: Generations = started();
        for (const { deed, n } of steps) {
          const before = all;
          try {
            const changes = deeds[deed]?.(all, n) ?? [];
            all = apply(all, changes);
          } catch (error) {
            if (!isEventspanError(error)) throw error;
          }
          expect(all.filter(({ state }) => state === 'live')).toHaveLength(1);
          expect(all.filter(isUnderWay).length).toBeLessThanOrEqual(1);
          for (const record of all) {
            const was = before.find((each) => identity(each) === identity(record));
            if (was === undefined) expect(record.state).toBe('new');
            else if (was.state !== record.state)
              expect(`${was.state}>${record.state} ${String(isStep(was.state, record.state))}`).toMatch(/true$/);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
