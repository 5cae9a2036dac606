import { AsyncLocalStorage } from 'node:async_hooks';

/** What everything that runs for one request has in common; it goes into the metadata of the events recorded there. */
export interface MessageContext {
  /** One id for everything that follows from one request. */
  readonly correlationId?: string;
  /** The id of the command or event that is being handled. */
  readonly causationId?: string;
  /** Who asked for it. */
  readonly actor?: string;
  /** W3C trace context. */
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** Streams whose turn a command holds, in the queues of one bus. */
export interface HeldTurns {
  readonly queues: object;
  readonly streamIds: readonly string[];
}

/** A {@link MessageContext} in force, with the turns its code holds; scopes lie inside one another. */
export interface Scope {
  readonly context: MessageContext;
  readonly outer: Scope | undefined;
  held: HeldTurns | undefined;
}

const NONE: MessageContext = Object.freeze({});
const storage = new AsyncLocalStorage<Scope>();

/** The context that this code runs in; empty outside of any. */
export function currentContext(): MessageContext {
  return storage.getStore()?.context ?? NONE;
}

/**
 * Runs `task`, and all that it starts and awaits, with `context` laid over the current one.
 *
 * ```ts
 * await runInContext({ correlationId: request.id, actor: user.id }, () => app.execute(command));
 * ```
 */
export function runInContext<T>(context: MessageContext, task: () => T): T {
  return runInScope(openScope({ ...currentContext(), ...context }), task);
}

/** A scope inside the current one. */
export function openScope(context: MessageContext): Scope {
  return { context, outer: storage.getStore(), held: undefined };
}

export function runInScope<T>(scope: Scope, task: () => T): T {
  return storage.run(scope, task);
}

/** Runs `task` in no context, so that loops it wakes do not inherit a command's. */
export function runOutsideScopes<T>(task: () => T): T {
  return storage.exit(task);
}

/** Whether a scope around `scope` holds the stream's turn in these queues: to wait for it would be to wait for oneself. */
export function isHeldAround(scope: Scope, queues: object, streamId: string): boolean {
  for (let at = scope.outer; at !== undefined; at = at.outer) {
    if (at.held?.queues === queues && at.held.streamIds.includes(streamId)) return true;
  }
  return false;
}
