import {
  Aggregate,
  AggregateRoot,
  Apply,
  Command,
  defineProjector,
  Event,
  Eventspan,
  Handle,
  inProcess,
  memory,
  on,
  readModelTable,
  type EventspanOptions,
  type Logger,
  type TransportProvider,
} from 'eventspan';
import type { Recorder } from './recorder.js';

/** In every payload of the run, and in nothing that leaves the process but messages. */
export const CANARY = 'canary-4711';
const POISON = `${CANARY}-poison`;

@Event('note.written')
export class NoteWritten {
  constructor(readonly text: string) {}
}

@Command('note.write', { aggregateId: (command: WriteNote) => command.id })
export class WriteNote {
  constructor(
    readonly id: string,
    readonly text: string,
  ) {}
}

@Aggregate('note')
export class Note extends AggregateRoot {
  private text = '';

  @Handle(WriteNote, { stream: 'any' })
  write(command: WriteNote): void {
    if (command.text === this.text) throw new Error('nothing is new');
    this.record(new NoteWritten(command.text));
  }

  @Apply(NoteWritten)
  protected onWritten(event: NoteWritten): void {
    this.text = event.text;
  }
}

const notes = defineProjector({
  name: 'notes',
  rows: 'stream',
  tables: [readModelTable('notes', { key: ['id'], columns: { id: 'string', text: 'string' } })],
  retry: { attempts: 2, initialMs: 1, maxMs: 2 },
  on: [
    on(NoteWritten, ({ text }, { view, streamId, afterCommit }) => {
      if (text === POISON) throw new Error('it cannot be shown');
      view.upsert('notes', { id: streamId, text });
      afterCommit(() => Promise.reject(new Error('the mail did not go out')));
    }),
  ],
});

/** A transport that refuses to publish as long as `isAway` answers true. */
export function unsteady(isAway: () => boolean, fault = new Error('away')): TransportProvider {
  const provider = inProcess();
  return {
    ...provider,
    ensure: (...args) => provider.ensure(...args),
    open: async (environment) => {
      const transport = await provider.open(environment);
      const publish = transport.publish.bind(transport);
      transport.publish = (...args) => (isAway() ? Promise.reject(fault) : publish(...args));
      return transport;
    },
  };
}

/** Keeps what it is given as text, with errors and their causes. */
export class LogLines implements Logger {
  readonly lines: string[] = [];
  debug = this.line('debug');
  info = this.line('info');
  warn = this.line('warn');
  error = this.line('error');

  private line(level: string) {
    return (fields: object, message: string): void => {
      this.lines.push(
        `${level} ${message} ${JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? textOf(value) : value))}`,
      );
    };
  }
}

function textOf(error: Error): object {
  return {
    ...(error as object),
    message: error.message,
    stack: error.stack,
    ...(error.cause instanceof Error && { cause: textOf(error.cause) }),
  };
}

export async function openNotes(recorder: Recorder, options: Partial<EventspanOptions> = {}): Promise<Eventspan> {
  let publishes = 0;
  const app = await Eventspan.open({
    store: memory({ shards: 2 }),
    transport: unsteady(() => publishes++ === 0),
    aggregates: [Note],
    projectors: [notes],
    name: 'notes-app',
    commands: { cache: { maxAggregates: 10 } },
    telemetry: recorder.telemetry,
    ...options,
  });
  recorder.closes(app);
  return app;
}

/**
 * Commands that succeed, are repeated, refused and conflict; a projection that handles, fails, retries, parks and passes over; an event whose payload
 * cannot be read. Answers when all of it has come to its end.
 */
export async function runNotes(app: Eventspan): Promise<void> {
  await app.start();
  await app.execute(new WriteNote('a', `${CANARY}-1`), { commandId: 'once' });
  await app.execute(new WriteNote('a', `${CANARY}-0`), { commandId: 'once' });
  await app.execute(new WriteNote('a', `${CANARY}-2`));
  await app.execute(new WriteNote('a', `${CANARY}-2`)).catch(() => undefined);
  await app.execute(new WriteNote('a', `${CANARY}-3`), { expectedVersion: 1 }).catch(() => undefined);
  await app.execute(new WriteNote('poison', POISON));
  const sent = await app.send(new WriteNote('sent', `${CANARY}-5`));
  while ((await app.outcomeOf(sent.commandId)).state !== 'executed') await new Promise((resolve) => setImmediate(resolve));
  const { events } = await app.store.load('note-a');
  const { metadata } = events[0]!;
  const broken = { eventId: 'broken', type: 'note.written', data: `{"text":"${CANARY}`, metadata };
  await app.store.append({ writes: [{ streamId: 'note-broken', expectedVersion: 'none', events: [broken] }] });
  await app.store
    .append({ writes: [{ streamId: 'note-a', expectedVersion: 1, events: [{ ...broken, eventId: 'late' }] }] })
    .catch(() => undefined);
  await app.caughtUp('notes', await app.execute(new WriteNote('b', `${CANARY}-4`)));
  while (app.status().projections[0]!.shards.reduce((sum, { parked }) => sum + parked, 0) < 2)
    await new Promise((resolve) => setImmediate(resolve));
}
