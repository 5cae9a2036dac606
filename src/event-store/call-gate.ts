import { EventspanError } from '../errors/eventspan-error.js';
import { throwIfAborted } from '../support/abort.js';
import type { RpcObserver } from '../telemetry/rpc-observer.js';
import type { CallOptions } from './call-options.js';

/** What every call of an embedded store passes first: not aborted, not closed, counted. */
export class CallGate {
  private closed = false;

  constructor(
    private readonly service: string,
    private readonly rpcs: RpcObserver,
  ) {}

  /** Throws the signal's reason if it is aborted, and `STORE_FAILED` once closed. */
  enter(method: 'Read' | 'Commit', options: CallOptions = {}): void {
    throwIfAborted(options.signal);
    if (this.closed) throw new EventspanError('STORE_FAILED', { operation: method, reason: 'the store is closed' });
    this.rpcs.sent({ service: this.service, method, caller: options.caller ?? 'other' });
  }

  /** Answers whether this call closed it. */
  close(): boolean {
    const wasOpen = !this.closed;
    this.closed = true;
    return wasOpen;
  }
}
