/** Compiled by the type check, never run: each line under `@ts-expect-error` must not compile, every other line must. */
import { defineProcessManager } from '../../src/processes/define-process-manager.js';
import { OnRefused } from '../../src/processes/on-refused.decorator.js';
import type { CommandRefusal, ProcessContext } from '../../src/processes/process-context.js';
import { ProcessManager } from '../../src/processes/process-manager.decorator.js';
import { StartsOn } from '../../src/processes/starts-on.decorator.js';
import { On } from '../../src/projections/on.decorator.js';
import type { ProjectionContext } from '../../src/projections/projector-definition.js';

class Opened {
  constructor(readonly id: string) {}
}
class Closed {
  constructor(readonly reason: string) {}
}
class Open {
  constructor(readonly account: number) {}
}

@ProcessManager('fitting', { correlate: (message: { id: string }, { metadata }) => message.id ?? metadata.correlationId })
export class Fitting {
  @StartsOn(Opened)
  protected opened(_event: Opened, { send, schedule, cancelTimer }: ProcessContext): void {
    send(new Open(1), { compensateWith: new Open(2) });
    cancelTimer(schedule(new Closed('x'), { in: 1, name: 'x' }));
    cancelTimer(Closed);
  }

  @On(Closed)
  protected async closed(_event: Closed, { complete }: ProcessContext): Promise<void> {
    complete();
  }

  @OnRefused(Open)
  protected refused(_refusal: CommandRefusal, { compensate }: ProcessContext): void {
    compensate('x');
  }
}

export class Unfitting {
  // @ts-expect-error -- the method takes another event
  @StartsOn(Opened)
  opened(_event: Closed, _context: ProcessContext): void {}

  // @ts-expect-error -- a process manager has no view
  @StartsOn(Closed)
  projected(_event: Closed, _context: ProjectionContext): void {}

  // @ts-expect-error -- the method is told of a refusal, and not given the command
  @OnRefused(Open)
  refused(_command: Open): void {}

  scheduled({ schedule }: ProcessContext): void {
    // @ts-expect-error -- when?
    schedule(new Closed('x'), {});
  }
}

defineProcessManager({
  name: 'fitting',
  initialState: () => ({ count: 0 }),
  correlate: (message: Opened | Closed) => ('id' in message ? message.id : undefined),
  startsOn: (on) => [on(Opened, ({ id }, { state }) => ({ count: state.count + id.length }))],
  on: (on) => [
    on(Closed, async ({ reason }, { send }) => send(new Open(reason.length)), { timeoutMs: 1 }),
    // @ts-expect-error -- another state
    on(Closed, () => ({ counts: 1 })),
    // @ts-expect-error -- another event
    on(Closed, ({ id }) => void id),
  ],
  refused: (on) => [on(Open, ({ code }, { compensate }) => compensate(code ?? 'x'))],
});
