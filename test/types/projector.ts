/** Compiled by the type check, never run: each line under `@ts-expect-error` must not compile, every other line must. */
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
