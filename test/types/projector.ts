/** Compiled by the type check, never run: each line under `@ts-expect-error` must not compile, every other line must. */
import { Consumer } from '../../src/consumers/consumer.decorator.js';
import type { ConsumerContext } from '../../src/consumers/consumer-context.js';
import { consume, defineConsumer } from '../../src/consumers/define-consumer.js';
import { defineProjector, on } from '../../src/projections/define-projector.js';
import { On } from '../../src/projections/on.decorator.js';
import type { ProjectionContext } from '../../src/projections/projector-definition.js';
import { Projector } from '../../src/projections/projector.decorator.js';

class Opened {
  constructor(readonly owner: string) {}
}
class Closed {
  constructor(readonly reason: string) {}
}
class ClosedByBank extends Closed {
  readonly clerk = 'c';
}

@Projector('fitting', { version: 2, rows: 'stream', tables: [] })
export class Fitting {
  @On(Opened)
  opened(_event: Opened, _context: ProjectionContext): void {}

  @On(Closed)
  protected async closed(_event: Closed): Promise<void> {}

  @On(ClosedByBank)
  byBank(_event: Closed, { view, streamId }: ProjectionContext): void {
    view.upsert('t', { id: streamId });
  }

  @On()
  inferred(_event: Opened, _context: ProjectionContext): void {}

  @On(Opened)
  nothing(): void {}

  @On(ClosedByBank, { onError: 'skip', retry: { attempts: 2, totalMs: 1_000 }, timeoutMs: 0 })
  withPolicy(_event: ClosedByBank, { afterCommit, isReplay }: ProjectionContext): void {
    if (!isReplay) afterCommit(() => undefined);
  }
}

@Consumer('consuming', { concurrency: 2, rows: 'stream', startFrom: 'end', circuitBreaker: { failures: 2 }, onError: 'skip' })
export class Consuming {
  @On(Opened)
  opened(_event: Opened, { send, view, signal }: ConsumerContext): void {
    if (!signal.aborted) view.upsert('t', { id: send(new Closed('c')) });
  }

  @On()
  protected async inferred(_event: Closed, _context: ConsumerContext): Promise<void> {}

  @On(ClosedByBank)
  part(_event: Closed, _context: Pick<ConsumerContext, 'view'>): void {}
}

export class NotConsuming {
  // @ts-expect-error the method takes another event, whatever its context
  @On(Opened)
  wrongEvent(_event: Closed, _context: ConsumerContext): void {}

  // @ts-expect-error there is no third argument
  @On(Opened)
  tooMany(_event: Opened, _context: ConsumerContext, _more: number): void {}

  // @ts-expect-error an event is no context
  @On(Opened)
  twoEvents(_event: Opened, _other: Closed): void {}
}

defineConsumer({ name: 'c', on: [consume(Opened, (event, { send }) => void send(new Closed(event.owner)), { onError: 'stop' })] });

// @ts-expect-error the function takes another event
consume(Opened, (_event: Closed) => undefined);

// @ts-expect-error there is no such beginning
Consumer('c', { startFrom: 'middle' });

export class NotFitting {
  // @ts-expect-error the method takes another event
  @On(Opened)
  wrongEvent(_event: Closed): void {}

  // @ts-expect-error the method takes a narrower event
  @On(Closed)
  narrower(_event: ClosedByBank): void {}

  // @ts-expect-error the second parameter is the context
  @On(Opened)
  wrongContext(_event: Opened, _context: string): void {}

  // @ts-expect-error there is no third argument
  @On(Opened)
  tooMany(_event: Opened, _context: ProjectionContext, _more: number): void {}

  // @ts-expect-error the method takes another event, whatever the policy
  @On(Opened, { onError: 'park' })
  wrongEventWithPolicy(_event: Closed): void {}

  // @ts-expect-error there is no such way
  @On(Opened, { onError: 'ignore' })
  wrongWay(_event: Opened): void {}

  // @ts-expect-error milliseconds are a number
  @On(Opened, { timeoutMs: '1s' })
  wrongTime(_event: Opened): void {}

  // @ts-expect-error there is no such bound
  @On(Opened, { retry: { times: 3 } })
  wrongRetry(_event: Opened): void {}

  // @ts-expect-error there is no parameter to take the class from
  @On()
  noParameter(): void {}
}

defineProjector({ name: 'p', on: [on(Opened, (event, { view }) => view.upsert('t', { id: event.owner }))] });

// @ts-expect-error the function takes another event
on(Opened, (_event: Closed) => undefined);

// @ts-expect-error rows are shared or stream
Projector('p', { rows: 'both' });

// @ts-expect-error there is no such order
Projector('p', { order: 'any' });

on(Opened, () => undefined, { onError: 'stop' });

// @ts-expect-error there is no such way
on(Opened, () => undefined, { onError: 'never' });

defineProjector({ name: 'p', onError: 'skip', retry: { maxMs: 100 }, timeoutMs: 10, order: 'global', on: [on(Opened, () => undefined)] });
