/** Compiled by the type check, never run: each line under `@ts-expect-error` must not compile, every other line must. */
import { defineAggregate } from '../../src/model/define-aggregate.js';

class Opened {
  constructor(readonly owner: string) {}
}
class Open {
  constructor(
    readonly accountId: string,
    readonly owner: string,
  ) {}
}

interface State {
  readonly owner?: string;
  readonly open: boolean;
}

const initialState = (): State => ({ open: false });

const model = defineAggregate({
  name: 'account',
  initialState,
  decide: (on) => [
    on(Open, { stream: 'new' }, (command, state) => {
      const owner: string = command.owner;
      const open: boolean = state.open;
      return open ? [] : [new Opened(owner)];
    }),
  ],
  evolve: (on) => [on(Opened, (state, event) => ({ ...state, open: true, owner: event.owner }))],
});

export const open: boolean = model.initial('account-1').open;

defineAggregate({
  name: 'account',
  initialState,
  decide: (on) => [
    // @ts-expect-error the command has no such field
    on(Open, (command) => [new Opened(command.holder)]),
    // @ts-expect-error the state has no such field
    on(Open, (_, state) => [new Opened(state.holder)]),
    // @ts-expect-error the function takes an event, not the command
    on(Open, (_command: { readonly reason: string }) => []),
    // @ts-expect-error no such requirement
    on(Open, { stream: 'fresh' }, () => []),
    // @ts-expect-error a single event is not a list
    on(Open, (command) => new Opened(command.owner)),
    // @ts-expect-error not events
    on(Open, () => ['opened']),
  ],
  evolve: (on) => [
    // @ts-expect-error the event has no such field
    on(Opened, (state, event) => ({ ...state, owner: event.holder })),
    // @ts-expect-error the state has no such value
    on(Opened, (state) => ({ ...state, open: 'yes' })),
    // @ts-expect-error the state lacks a field
    on(Opened, () => ({ owner: 'a' })),
    // @ts-expect-error evolving does not wait
    on(Opened, async (state) => state),
    // @ts-expect-error a name is not a class
    on('opened', (state) => state),
  ],
});
