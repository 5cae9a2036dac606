import fc from 'fast-check';
import type { CommandText, ProcessRecord } from '../../src/messages/framework/process-advanced.js';
import { emptyRecord, planMessage, type ProcessDecision } from '../../src/processes/plan-message.js';
import { awaitedBy, planOutcome } from '../../src/processes/plan-outcome.js';
import { isPossible, planRequest } from '../../src/processes/plan-request.js';
import type { Transition } from '../../src/processes/transition.js';

const text = (name: string): CommandText => ({ name, data: { of: name } });
const NOTHING: ProcessDecision = { state: {}, stateVersion: 1, steps: [], timers: [] };

/** A process and the world of its commands, in which everything takes effect at most once. */
class Story {
  record: ProcessRecord = emptyRecord({ startedAt: '2026-01-01T00:00:00.000Z', stateVersion: 1, state: {} });
  /** Commands that are out and have no outcome yet. */
  readonly open: { readonly commandId: string; readonly name: string }[] = [];
  /** Outcomes that have been given, which may come once more. */
  readonly given: Parameters<typeof planOutcome>[1][] = [];
  /** Effects in the order in which they took place, undone ones included. */
  readonly effects: string[] = [];
  readonly cancelled: string[] = [];
  /** Steps that something undoes. */
  readonly undoable = new Set<string>();
  wasSkipped = false;
  private ids = 0;

  readonly nextId = (): string => `command-${++this.ids}`;

  handle(decision: Partial<ProcessDecision>, firedTimer?: string): void {
    this.take(planMessage(this.record, { decision: { ...NOTHING, ...decision }, ...(firedTimer && { firedTimer }) }, this.nextId));
  }

  /** Steps are called a, b, c ...; what undoes them is called -a, -b, -c ... */
  send(name: string, undo = true): void {
    if (undo) this.undoable.add(name);
    this.handle({ steps: [{ send: { commandId: this.nextId(), command: text(name), ...(undo && { undo: text(`-${name}`) }) } }] });
  }

  executed(name: string): void {
    this.outcome(name, 'executed');
  }

  refused(name: string, policy: 'compensate' | 'park' = 'compensate'): void {
    this.outcome(name, 'refused', policy);
  }

  repeat(at: number): void {
    const outcome = this.given[at % this.given.length];
    if (outcome === undefined) return;
    expect(awaitedBy(this.record, outcome.commandId)).toBeUndefined();
    expect(planOutcome(this.record, outcome, { answer: { policy: 'compensate' }, nextId: this.nextId })).toBeUndefined();
  }

  request(kind: 'resume' | 'skip' | 'compensate'): void {
    const planned = planRequest(this.record, { kind, reason: 'asked for' }, this.nextId);
    expect(planned === undefined).toBe(!isPossible(kind, this.record));
    if (planned === undefined) return;
    this.wasSkipped ||= kind === 'skip';
    this.take(planned);
  }

  private outcome(name: string, kind: 'executed' | 'refused', policy: 'compensate' | 'park' = 'compensate'): void {
    const at = this.open.findIndex((each) => each.name === name);
    const [{ commandId } = { commandId: '' }] = this.open.splice(at, 1);
    const outcome = kind === 'executed' ? ({ kind, commandId } as const) : ({ kind, commandId, reason: 'no' } as const);
    this.given.push(outcome);
    if (kind === 'executed') this.effects.push(name);
    const planned = planOutcome(this.record, outcome, { answer: { policy }, nextId: this.nextId });
    if (planned) this.take(planned);
  }

  private take({ record, sent, cancelled }: Transition): void {
    this.record = record;
    for (const { compensates } of sent) {
      const entry = record.stack.find(({ step }) => step === compensates);
      // The newest effect of which the process knows; what was refused keeps its place.
      if (entry?.attempts !== 1) continue;
      expect(record.stack.filter(({ step, state }) => step > entry.step && state === 'ready')).toEqual([]);
      expect(record.commands.filter(({ step = 0 }) => step > entry.step)).toEqual([]);
    }
    expect(record.stack.filter(({ state }) => state === 'sent').length).toBeLessThanOrEqual(1);
    this.open.push(...sent.map(({ commandId, command }) => ({ commandId, name: command.name })));
    this.cancelled.push(...cancelled.map(({ name }) => name));
  }

  get openNames(): string[] {
    return this.open.map(({ name }) => name);
  }
}

describe('compensations', () => {
  it('run newest first, one after another, for steps that have been executed', () => {
    const story = new Story();
    for (const name of ['a', 'b', 'c']) {
      story.send(name);
      story.executed(name);
    }
    story.send('d');
    story.refused('d');
    expect(story.record).toMatchObject({ status: 'compensating', reason: 'd was refused: no' });
    for (const name of ['-c', '-b', '-a']) {
      expect(story.openNames).toEqual([name]);
      story.executed(name);
    }
    expect(story.record.status).toBe('compensated');
    expect(story.effects).toEqual(['a', 'b', 'c', '-c', '-b', '-a']);
  });

  it('wait while it is not known whether a later step has taken effect', () => {
    const story = new Story();
    story.send('a');
    story.executed('a');
    story.send('b');
    story.handle({ end: { kind: 'compensate', reason: 'too late' } });
    expect(story.openNames).toEqual(['b']);
    story.executed('b');
    expect(story.openNames).toEqual(['-b']);
    story.executed('-b');
    story.executed('-a');
    expect(story.record.status).toBe('compensated');
  });

  it('go by the order in which steps were begun, whatever the order of the replies', () => {
    const story = new Story();
    for (const name of ['a', 'b', 'c']) story.send(name);
    for (const name of ['c', 'a', 'b']) story.executed(name);
    story.handle({ end: { kind: 'compensate', reason: 'stop' } });
    for (const name of ['-c', '-b', '-a']) story.executed(name);
    expect(story.record.status).toBe('compensated');
  });

  it('go on without a step of which nobody will hear, when an operator says so', () => {
    const story = new Story();
    story.send('a');
    story.executed('a');
    story.request('skip');
    story.send('b');
    story.handle({ end: { kind: 'compensate', reason: 'stop' } });
    story.request('resume');
    story.request('skip');
    expect(story.openNames).toEqual(['b', '-a']);
    story.executed('-a');
    expect(story.record.status).toBe('compensated');
  });

  it('are none where nothing took effect, and a command that cannot be undone is not waited for', () => {
    const story = new Story();
    story.send('a', false);
    story.handle({ end: { kind: 'compensate', reason: 'no use' } });
    expect(story.record).toMatchObject({ status: 'compensated', commands: [] });
  });

  it('park the process when they are refused; it is resumed with a new command id, or goes on without', () => {
    for (const kind of ['resume', 'skip'] as const) {
      const story = new Story();
      for (const name of ['a', 'b']) {
        story.send(name);
        story.executed(name);
      }
      story.handle({ end: { kind: 'compensate', reason: 'stop' } });
      const commandId = story.open[0]?.commandId;
      story.refused('-b');
      expect(story.record).toMatchObject({
        status: 'parked',
        reason: 'stop',
        parked: { from: 'compensating', reason: 'the compensation -b was refused: no' },
      });
      expect(story.open).toEqual([]);
      story.request(kind);
      expect(story.record.status).toBe('compensating');
      if (kind === 'resume') {
        expect(story.openNames).toEqual(['-b']);
        expect(story.open[0]?.commandId).not.toBe(commandId);
        expect(story.record.stack[1]).toMatchObject({ state: 'sent', attempts: 2 });
        story.executed('-b');
      } else expect(story.record.stack[1]).toMatchObject({ state: 'skipped', attempts: 1 });
      story.executed('-a');
      expect(story.record.status).toBe('compensated');
    }
  });

  it('can be given for effects of which the process was told otherwise', () => {
    const story = new Story();
    story.handle({ steps: [{ undo: text('-a') }, { undo: text('-b') }] });
    story.handle({ end: { kind: 'compensate', reason: 'stop' } });
    expect(story.openNames).toEqual(['-b']);
  });
});

describe('a running process', () => {
  it('that parks at a refusal sends it again when it is resumed, or goes on without it', () => {
    for (const kind of ['resume', 'skip'] as const) {
      const story = new Story();
      story.send('a');
      story.refused('a', 'park');
      expect(story.record).toMatchObject({ status: 'parked', parked: { from: 'running' } });
      story.request(kind);
      expect(story.record.status).toBe('running');
      expect(story.openNames).toEqual(kind === 'resume' ? ['a'] : []);
    }
  });

  it('takes its timers back when it ends, and a new timer takes the place of one with its name', () => {
    const story = new Story();
    const timer = (name: string, timerId: string): ProcessDecision['timers'][number] => ({ set: { name, timerId, dueAt: '' } });
    story.handle({ timers: [timer('x', '1'), timer('y', '2')] });
    story.handle({ timers: [timer('x', '3')] });
    expect(story.cancelled).toEqual(['x']);
    expect(story.record.timers.map(({ timerId }) => timerId)).toEqual(['2', '3']);
    story.handle({ timers: [{ cancel: 'no such timer' }] }, '2');
    expect(story.record.timers.map(({ timerId }) => timerId)).toEqual(['3']);
    story.handle({ end: { kind: 'complete' } });
    expect(story.cancelled).toEqual(['x', 'x']);
    expect(story.record).toMatchObject({ status: 'completed', timers: [] });
  });
});

type Happening =
  | { readonly kind: 'send' | 'compensate' | 'complete' | 'refuse' | 'execute' | 'park' | 'repeat'; readonly at: number }
  | { readonly kind: 'resume' | 'skip'; readonly at: number };

const happening = fc.record({
  kind: fc.constantFrom(
    'send',
    'send',
    'send',
    'execute',
    'execute',
    'execute',
    'refuse',
    'park',
    'repeat',
    'compensate',
    'complete',
    'resume',
    'skip',
  ),
  at: fc.nat(5),
}) as fc.Arbitrary<Happening>;

describe('whatever happens in whatever order', () => {
  it('a process comes to its end, each effect is undone at most once, newest first, and none that did not take place', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), fc.infiniteStream(fc.nat(5)), (happenings, chances) => {
        const story = new Story();
        const next = (): number => chances.next().value as number;
        let steps = 0;
        for (const { kind, at } of happenings) happen(story, { kind, at }, () => `s${++steps}`);
        finish(story, next);
        check(story);
      }),
      { numRuns: 2_000 },
    );
  });
});

function happen(story: Story, { kind, at }: Happening, newName: () => string): void {
  const { record, open } = story;
  const isRunning = record.status === 'running';
  const command = open[at % Math.max(1, open.length)];
  switch (kind) {
    case 'send':
      return isRunning ? story.send(newName(), at > 0) : undefined;
    case 'compensate':
      return isRunning ? story.handle({ end: { kind: 'compensate', reason: 'why not' } }) : undefined;
    case 'complete':
      return isRunning && at === 0 ? story.handle({ end: { kind: 'complete' } }) : undefined;
    case 'repeat':
      return story.given.length > 0 ? story.repeat(at) : undefined;
    case 'resume':
    case 'skip':
      return story.request(kind);
    case 'execute':
    case 'refuse':
    case 'park':
      if (command === undefined || record.parked?.from === 'running') return;
      if (kind === 'execute') story.executed(command.name);
      else story.refused(command.name, kind === 'park' ? 'park' : 'compensate');
  }
}

/** Everything that is open gets its outcome, and what is parked is asked to go on. */
function finish(story: Story, next: () => number): void {
  for (let round = 0; round < 500 && !isOver(story); round++) {
    if (story.record.status === 'parked') story.request('resume');
    else if (story.open.length > 0) story.executed((story.open[next() % story.open.length] as { name: string }).name);
    else if (story.record.status === 'running') story.handle({ end: { kind: 'compensate', reason: 'the end' } });
  }
}

function isOver({ record }: Story): boolean {
  return record.status === 'completed' || record.status === 'compensated';
}

function check({ record, effects, open, undoable, wasSkipped }: Story): void {
  expect(['completed', 'compensated']).toContain(record.status);
  const undone = effects.filter((name) => name.startsWith('-'));
  expect(new Set(undone).size).toBe(undone.length);
  for (const name of undone) expect(effects.indexOf(name.slice(1))).toBeLessThan(effects.indexOf(name));
  for (const name of undone) expect(effects).toContain(name.slice(1));
  if (record.status === 'compensated') {
    expect(open.filter(({ name }) => name.startsWith('-'))).toEqual([]);
    const left = record.stack.filter(({ state }) => state !== 'done' && state !== 'skipped');
    expect(left).toEqual([]);
    const compensated = new Set(record.stack.map(({ command }) => command.name.slice(1)));
    for (const name of effects) if (undoable.has(name) && !wasSkipped) expect(compensated).toContain(name);
    // One that was refused and sent again is a new step.
    const order = undone.map((name) => record.stack.find(({ command }) => command.name === name)?.step ?? 0);
    if (!wasSkipped) expect(order).toEqual(order.toSorted((a, b) => b - a));
  }
}
