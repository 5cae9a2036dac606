import { isDeepStrictEqual } from 'node:util';
import { EventspanError } from '../../errors/eventspan-error.js';
import { formatPosition } from '../../event-store/position.js';
import type { StoredEvent } from '../../event-store/stored-event.js';
import { createEventRegistry } from '../../messages/create-event-registry.js';
import type { EventRegistry } from '../../messages/event-registry.js';
import {
  COMMAND_SENT,
  commandExecutedEvent,
  commandRefusedEvent,
  commandSentEvent,
  commandStreamOf,
  derivedCommandId,
  parseCommandSent,
} from '../../messages/framework/command-events.js';
import { parseProcessAdvanced, PROCESS_ADVANCED, type ProcessAdvanced } from '../../messages/framework/process-advanced.js';
import type { Outgoing, OutgoingTimer } from '../../messaging/outgoing.js';
import type { ProcessDefinition } from '../../processes/process-definition.js';
import { ProcessRouter } from '../../processes/process-router.js';
import type { StoredProcess } from '../../processes/process-rows.js';
import { ProcessTurns } from '../../processes/process-turn.js';
import { ProcessWork } from '../../processes/process-work.js';
import { derivedId } from '../../support/derived-id.js';
import { silentTelemetry } from '../../telemetry/telemetry.js';
import { FakeClock } from '../fake-clock.js';
import { sequentialIds } from '../sequential-ids.js';
import { render } from '../spec/differences.js';
import { SpecCommandOutcome } from './command-outcome.js';
import { SpecCommands } from './spec-commands.js';

/** A command that went out. */
export interface SentInSpec {
  readonly command: object;
  readonly isCompensation: boolean;
}

/** A timer that was set. */
export interface SetInSpec {
  readonly name: string;
  readonly message: object;
  readonly dueAt: Date;
}

/** What one message did. */
export interface SpecStep {
  /** Undefined where the message changed nothing. */
  readonly advanced: ProcessAdvanced | undefined;
  readonly sent: readonly SentInSpec[];
  readonly timers: readonly SetInSpec[];
}

const METADATA = { correlationId: 'spec', time: '2026-01-01T00:00:00.000Z' };

/** One process, without a store: real routing, planning and texts. */
export class ProcessRun {
  readonly commands = new SpecCommands();
  readonly clock = new FakeClock();
  private process: StoredProcess | undefined;
  private readonly registry: EventRegistry;
  private readonly router: ProcessRouter;
  private readonly turns: ProcessTurns;
  private readonly outgoing: Outgoing;
  private readonly timers = new Map<string, SetInSpec>();
  private readonly nextId = sequentialIds();
  private version = 0;

  constructor(private readonly definition: ProcessDefinition) {
    this.registry = createEventRegistry(definition.events, { onlyToday: true });
    this.router = new ProcessRouter(definition, this.registry, { readStream: () => noEvents() });
    this.outgoing = this.createOutgoing();
    this.turns = new ProcessTurns({
      definition,
      outgoing: this.outgoing,
      clock: this.clock,
      tracing: silentTelemetry.tracing,
      timeoutMsOf: () => 0,
      readWaiting: () => Promise.resolve([]),
    });
  }

  /** The process as it is; undefined before it has begun. */
  get current(): StoredProcess | undefined {
    return this.process;
  }

  /** Its state, as handlers see it. */
  get state(): object | undefined {
    const { record } = this.process ?? {};
    return record && this.definition.readState(record.state, record.stateVersion);
  }

  /** What the process waits for, as commands. */
  get awaited(): readonly object[] {
    const { commands = [], stack = [] } = this.process?.record ?? {};
    const sent = stack.filter(({ state }) => state === 'sent');
    return [...commands, ...sent].map(({ command }) => this.commands.command(command));
  }

  /** Rejects with what the handler throws. */
  async handle(message: object): Promise<SpecStep> {
    const event = message instanceof SpecCommandOutcome ? this.outcomeEvent(message) : this.messageEvent(message);
    const [routed] = await this.router.route(event);
    if (routed === undefined) return { advanced: undefined, sent: [], timers: [] };
    const processId = this.process?.processId ?? routed.processId;
    if (routed.processId !== processId) {
      return this.fail(`${render(message)} is for the process ${routed.processId}, and the others are for ${processId}.`);
    }
    const { definition, outgoing, clock } = this;
    const work = new ProcessWork(processId, this.process, { process: definition.name, outgoing, source: 'spec', clock });
    await this.turns.handle(work, { event, routed });
    return this.stepOf(work);
  }

  /** An event as it is after being stored. */
  stored(message: object): object {
    return this.registry.deserialize(this.registry.serialize(message));
  }

  private stepOf(work: ProcessWork): SpecStep {
    if (!work.hasChanged) return { advanced: undefined, sent: [], timers: [] };
    const events = work.effects().writes.flatMap((write) => write.events);
    const advanced = events.filter(({ type }) => type === PROCESS_ADVANCED).map(parseProcessAdvanced)[0] as ProcessAdvanced;
    const texts = new Map(
      events.filter(({ type }) => type === COMMAND_SENT).map((event) => [parseCommandSent(event).commandId, parseCommandSent(event)]),
    );
    this.process = { processId: work.processId, version: work.version, record: advanced.record };
    const sent = advanced.sent.flatMap(({ commandId, compensates }): SentInSpec[] => {
      const text = texts.get(commandId);
      return text === undefined ? [] : [{ command: this.commands.command(text), isCompensation: compensates !== undefined }];
    });
    const set = advanced.record.timers.filter(({ name }) => advanced.scheduled.includes(name));
    const timers = set.map(({ name, timerId }) => ({ ...(this.timers.get(timerId) as SetInSpec), name }));
    return { advanced, sent, timers };
  }

  private outcomeEvent({ command, refusal }: SpecCommandOutcome): StoredEvent {
    const { name, data } = this.commands.text(command);
    const { commands = [], stack = [] } = this.process?.record ?? {};
    const awaited = [...commands, ...stack.filter(({ state }) => state === 'sent')];
    const isIt = (each: (typeof awaited)[number]): boolean =>
      each.command.name === name && isDeepStrictEqual(each.command.data, JSON.parse(data));
    const commandId = awaited.find(isIt)?.commandId;
    if (commandId === undefined) {
      return this.fail(`it does not wait for ${render(command)}, but for ${this.awaited.map(render).join(', ') || 'nothing'}.`);
    }
    const note = { metadata: { ...METADATA, ...this.ownMetadata() }, nowMs: this.clock.now() };
    const outcome =
      refusal === undefined
        ? commandExecutedEvent({ commandId, name, events: 1 }, note)
        : commandRefusedEvent({ commandId, name, ...refusal }, note);
    return this.placed(outcome, commandStreamOf(commandId));
  }

  /** A message that equals that of a timer is brought by it: by an open one, else by one that has fired or was taken back. */
  private messageEvent(message: object): StoredEvent {
    const { type, data, schemaVersion } = this.registry.serialize(message);
    const stored = this.stored(message);
    const set = [...this.timers].filter(([, timer]) => isDeepStrictEqual(timer.message, stored)).map(([timerId]) => timerId);
    const timerId = set.find((id) => this.process?.record.timers.some((timer) => timer.timerId === id)) ?? set[0];
    const metadata = JSON.stringify({ ...METADATA, ...(timerId && this.ownMetadata()), schemaVersion });
    return this.placed({ eventId: this.nextId(), type, data, metadata }, timerId ? `eventspan.timer-${timerId}` : 'stream-1');
  }

  private placed(event: Pick<StoredEvent, 'eventId' | 'type' | 'data' | 'metadata'>, streamId: string): StoredEvent {
    const version = ++this.version;
    const commitTime = new Date(this.clock.now()).toISOString().replace('Z', '000000Z');
    return { ...event, streamId, version, shard: 0, position: formatPosition({ commitTime, commitIndex: 0, streamId, version }) };
  }

  private ownMetadata(): { readonly processName: string; readonly processId: string } {
    return { processName: this.definition.name, processId: this.process?.processId ?? '' };
  }

  private createOutgoing(): Outgoing {
    return {
      command: (command, { id, ordinal, metadata }) => {
        const commandId = derivedCommandId({ id, ordinal });
        const event = commandSentEvent({ ...this.commands.text(command), commandId }, { metadata, nowMs: this.clock.now() });
        return { commandId, writes: [{ streamId: commandStreamOf(commandId), expectedVersion: 'none', events: [event] }], changes: [] };
      },
      timer: (message, due, { id, ordinal }): OutgoingTimer => {
        const timerId = derivedId(`timer/${id}/${ordinal}`);
        const dueAt = 'in' in due ? new Date(this.clock.now() + due.in) : due.at;
        this.timers.set(timerId, { name: '', message: this.stored(message), dueAt });
        return { timerId, dueAt, writes: [], changes: [] };
      },
      cancelTimer: () => ({ writes: [], changes: [] }),
      task: () => this.fail('a process manager enqueues no tasks.'),
    };
  }

  private fail(reason: string): never {
    throw new EventspanError('PROCESS_SPEC_FAILED', { process: this.definition.name, reason });
  }
}

async function* noEvents(): AsyncGenerator<StoredEvent> {}
