import { EventspanError } from '../errors/eventspan-error.js';
import type { StoredEvent } from '../event-store/stored-event.js';
import type { Constructor } from '../messages/constructor.js';
import { derivedCommandId } from '../messages/framework/command-events.js';
import { followingMetadata } from '../messages/framework/following-metadata.js';
import type { ProcessRecord, WaitingMessage } from '../messages/framework/process-advanced.js';
import type { Effects, Outgoing } from '../messaging/outgoing.js';
import type { Clock } from '../support/clock.js';
import type { Tracing } from '../telemetry/tracing.js';
import { emptyRecord, planDeferral, planMessage, type ProcessDecision } from './plan-message.js';
import { awaitedBy, planOutcome, type RefusalAnswer } from './plan-outcome.js';
import { planRequest } from './plan-request.js';
import type { ProcessContext } from './process-context.js';
import type { ProcessDefinition } from './process-definition.js';
import type { Routed } from './process-router.js';
import { ProcessWork, type Cause } from './process-work.js';
import { RecordingContext } from './recording-context.js';
import { runStep } from './run-step.js';
import type { NextCommandId } from './transition.js';
import { inTrace } from '../telemetry/trace-context.js';

/** With what messages are handled. */
export interface TurnParts {
  readonly definition: ProcessDefinition;
  readonly outgoing: Outgoing;
  readonly clock: Clock;
  readonly tracing: Tracing;
  readonly timeoutMsOf: (type: Constructor | undefined) => number;
  /** Reads a message that waited, and what it is to this process. */
  readonly readWaiting: (waiting: WaitingMessage, processId: string) => Promise<readonly Turn[]>;
}

/** One message for one process. */
export interface Turn {
  readonly event: StoredEvent;
  readonly routed: Routed;
}

interface Decided {
  readonly decision: ProcessDecision;
  readonly made: Effects;
}

/** Messages that wait for a parked process at most. */
const MAX_WAITING = 1_000;
const NOTHING: Effects = { writes: [], changes: [] };

/**
 * Handles one message for one process: has its handler decide, plans the transition, and gives it to the process's work. Messages that do not
 * concern it change nothing: those of a process that has ended, or does not run; outcomes of commands and timers that it does not await.
 * Throws what handlers throw, `PROCESS_DECISION_INVALID`, `PROCESS_STATE_UNREADABLE`, `PROCESS_WAITING_FULL`, `PAYLOAD_NOT_EXACT`,
 * `PAYLOAD_TOO_LARGE`; then nothing of it may be committed.
 */
export class ProcessTurns {
  constructor(private readonly parts: TurnParts) {}

  async handle(work: ProcessWork, turn: Turn): Promise<void> {
    const { record } = work;
    const { routed } = turn;
    if (record === undefined) return routed.kind === 'message' ? this.start(work, turn, routed) : undefined;
    if (routed.kind === 'request') return this.request(work, turn, routed.request);
    if (record.parked?.from === 'running') return this.defer(work, turn, record);
    if (routed.kind === 'outcome') return this.outcome(work, turn, routed);
    if (record.status === 'running') await this.message(work, turn, routed);
  }

  private async start(work: ProcessWork, turn: Turn, { message, timerId }: Routed & { readonly kind: 'message' }): Promise<void> {
    const { definition } = this.parts;
    const { version } = definition;
    const step = definition.startsOn.get(classOf(message));
    if (step === undefined || timerId !== undefined) return;
    const run = new Run(work, turn, this.parts);
    const state: unknown = JSON.parse(definition.writeState(definition.initial()));
    const record = emptyRecord({ startedAt: ProcessWork.startedAt(turn.event), stateVersion: version, state });
    const { decision, made } = await run.decide(record, (context) => step(message, context), { type: classOf(message), isStart: true });
    work.advance(planMessage(record, { decision, isStart: true }, run.nextId), run.cause, made);
  }

  private async message(work: ProcessWork, turn: Turn, { message, timerId }: Routed & { readonly kind: 'message' }): Promise<void> {
    const record = work.record as ProcessRecord;
    const step = this.stepOf(record, { message, timerId });
    if (step === undefined) return;
    const run = new Run(work, turn, this.parts);
    const { decision, made } = await run.decide(record, (context) => step(message, context), { type: classOf(message) });
    const fired = timerId === undefined ? {} : { firedTimer: timerId };
    work.advance(planMessage(record, { decision, ...fired }, run.nextId), run.cause, made);
  }

  /** None for a timer that was taken back, or has fired before. */
  private stepOf({ timers }: ProcessRecord, { message, timerId }: { readonly message: object; readonly timerId?: string | undefined }) {
    if (timerId !== undefined && !timers.some((timer) => timer.timerId === timerId)) return undefined;
    return this.parts.definition.on.get(classOf(message));
  }

  private async outcome(work: ProcessWork, turn: Turn, routed: Routed & { readonly kind: 'outcome' }): Promise<void> {
    const record = work.record as ProcessRecord;
    const { outcome } = routed;
    const awaited = awaitedBy(record, outcome.commandId);
    if (awaited === undefined) return;
    const run = new Run(work, turn, this.parts);
    const decided = 'step' in awaited && record.status === 'running' ? await this.onRefused(run, record, routed) : undefined;
    const answer: RefusalAnswer = decided ?? { policy: this.parts.definition.onRefused };
    const transition = planOutcome(record, outcome, { answer, nextId: run.nextId });
    if (transition !== undefined) work.advance(transition, run.cause, decided?.made ?? NOTHING);
  }

  private async onRefused(
    run: Run,
    record: ProcessRecord,
    { refusal }: Routed & { readonly kind: 'outcome' },
  ): Promise<Decided | undefined> {
    const step = refusal && this.parts.definition.refused.get(refusal.name);
    return step && run.decide(record, (context) => step(refusal, context), { type: undefined });
  }

  private async request(work: ProcessWork, turn: Turn, request: (Routed & { readonly kind: 'request' })['request']): Promise<void> {
    const record = work.record as ProcessRecord;
    const { kind, reason } = request;
    const run = new Run(work, turn, this.parts);
    const transition = planRequest(record, request, run.nextId);
    if (transition === undefined) return;
    work.advance(transition, { ...run.cause, request: { kind, ...(reason !== '' && { reason }) } }, NOTHING);
    for (const waiting of record.waiting) {
      for (const waited of await this.parts.readWaiting(waiting, work.processId)) await this.handle(work, waited);
    }
  }

  private defer(work: ProcessWork, turn: Turn, record: ProcessRecord): void {
    const { routed, event } = turn;
    const concernsIt =
      routed.kind === 'outcome'
        ? awaitedBy(record, routed.outcome.commandId) !== undefined
        : routed.kind === 'message' && this.stepOf(record, routed) !== undefined;
    if (!concernsIt) return;
    const { streamId, version } = event;
    if (record.waiting.length >= MAX_WAITING) {
      const { name: process } = this.parts.definition;
      throw new EventspanError('PROCESS_WAITING_FULL', { process, processId: work.processId, waiting: record.waiting.length });
    }
    work.advance(planDeferral(record, { streamId, version }), new Run(work, turn, this.parts).cause, NOTHING);
  }
}

/** The handling of one message: what it leads to has ids that are the same when it is done again. */
class Run {
  readonly cause: Cause;
  private ordinal = 0;

  constructor(
    private readonly work: ProcessWork,
    private readonly turn: Turn,
    private readonly parts: TurnParts,
  ) {
    const { event, routed } = turn;
    const { name } = parts.definition;
    const id = `process/${name}/${work.processId}/${work.version + 1}/${event.eventId}`;
    const metadata = inTrace(followingMetadata(routed.metadata, event.eventId), parts.tracing.outgoing(event.metadata));
    this.cause = { event, origin: { id, metadata, process: { name, id: work.processId } } };
  }

  readonly nextId: NextCommandId = () => derivedCommandId({ id: this.cause.origin.id, ordinal: this.nextOrdinal() });

  async decide(
    record: ProcessRecord,
    step: (context: ProcessContext) => unknown,
    { type, isStart = false }: { readonly type: Constructor | undefined; readonly isStart?: boolean },
  ): Promise<Decided> {
    const { definition, outgoing, clock, timeoutMsOf } = this.parts;
    const { event, routed } = this.turn;
    const { processId, streamId, version } = this.work;
    const state = this.stateOf(record);
    const context = new RecordingContext({
      definition,
      outgoing,
      origin: this.cause.origin,
      nextOrdinal: this.nextOrdinal,
      event,
      metadata: routed.metadata,
      processId,
      streamId,
      version,
      isStart,
      state,
    });
    try {
      await runStep(() => step(context), { clock, timeoutMs: timeoutMsOf(type), type: event.type, process: definition.name });
      const decision = context.decision(JSON.parse(definition.writeState(state)));
      return { decision, made: { writes: context.writes, changes: context.changes } };
    } finally {
      context.close();
    }
  }

  private stateOf({ state, stateVersion: stored }: ProcessRecord): object {
    const { definition } = this.parts;
    const { name: process, version } = definition;
    const about = { process, processId: this.work.processId, stored, version };
    if (stored > version) throw new EventspanError('PROCESS_STATE_UNREADABLE', { ...about, reason: 'it is newer' });
    if (stored < version && !definition.canUpcast) {
      throw new EventspanError('PROCESS_STATE_UNREADABLE', { ...about, reason: 'it is older, and nothing says how it is read' });
    }
    return definition.readState(state, stored);
  }

  private readonly nextOrdinal = (): number => this.ordinal++;
}

function classOf(message: object): Constructor {
  return (Object.getPrototypeOf(message) as { readonly constructor: Constructor }).constructor;
}
