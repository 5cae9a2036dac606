/** One request on its way to a service (for embedded adapters: one transaction or read). */
export interface Rpc {
  /** `spanner`, `pubsub`, `sqlite`, `memory`, `in-process`. */
  readonly service: string;
  /** `Commit`, `Read`, `Publish`, ... */
  readonly method: string;
  /** {@link CallOptions.caller} of the call that needed it. */
  readonly caller: string;
}

/** Is told of every request as it is sent, repeats included. Must not throw. */
export interface RpcObserver {
  sent(rpc: Rpc): void;
}

/** Counts requests by caller and method. */
export class RpcCounter implements RpcObserver {
  private readonly counts = new Map<string, Map<string, number>>();

  sent(rpc: Rpc): void {
    const methods = this.counts.get(rpc.caller) ?? new Map<string, number>();
    this.counts.set(rpc.caller, methods);
    methods.set(rpc.method, (methods.get(rpc.method) ?? 0) + 1);
  }

  /** Requests of one caller, all methods together or one. */
  count(caller: string, method?: string): number {
    const methods = this.counts.get(caller);
    if (methods === undefined) return 0;
    if (method !== undefined) return methods.get(method) ?? 0;
    return [...methods.values()].reduce((sum, n) => sum + n, 0);
  }

  /** `{ relay: { Read: 12, Commit: 3 }, ... }` */
  toJSON(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries([...this.counts].map(([caller, methods]) => [caller, Object.fromEntries(methods)]));
  }
}
