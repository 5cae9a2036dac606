import type { TransportMessage } from '../messaging/transport.js';
import { messageBytes } from '../messaging/publish-limits.js';
import { ConsumerQueue } from './consumer-queue.js';
import type { InProcessOptions } from './in-process-options.js';

/** What connects the transports of one provider: a queue a consumer. Lives while at least one transport is open. */
export class Bus {
  private readonly consumers = new Map<string, ConsumerQueue>();
  private openTransports = 0;

  constructor(private readonly options: Required<InProcessOptions>) {}

  attach(): void {
    this.openTransports++;
  }

  detach(): void {
    if (--this.openTransports > 0) return;
    for (const queue of this.consumers.values()) queue.discard();
    this.consumers.clear();
  }

  publish(messages: readonly TransportMessage[]): void {
    if (this.consumers.size === 0) return;
    for (const message of messages) {
      const bytes = messageBytes(message);
      for (const queue of this.consumers.values()) queue.add({ message, bytes });
    }
  }

  consumer(name: string): ConsumerQueue {
    const known = this.consumers.get(name);
    if (known !== undefined) return known;
    const queue = new ConsumerQueue(this.options);
    this.consumers.set(name, queue);
    return queue;
  }
}
