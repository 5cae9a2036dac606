import { setMaxListeners } from 'node:events';
import type {
  TransportProvider,
  Delivery,
  SubscribeOptions,
  Transport,
  TransportMessage,
  TransportSubscription,
} from '../../../src/messaging/transport.js';
import type { Clock } from '../../../src/support/clock.js';
import type { Random } from '../../../src/support/random.js';

export interface Hostility {
  readonly drop: number;
  readonly double: number;
  readonly delay: number;
  /** Chance that a key moves to another subscriber before a message. */
  readonly move: number;
}

export const HOSTILE: Hostility = { drop: 0.05, double: 0.05, delay: 0.3, move: 0.02 };

interface Member {
  readonly options: SubscribeOptions;
  readonly unsettled: Set<TransportMessage>;
  alive: boolean;
}

/** A broker that loses, doubles and reorders, by a seeded generator and the clock's time alone. A nacked message comes again. */
export class HostileTransport implements Transport {
  readonly name = 'hostile';
  private readonly members = new Map<string, Member[]>();
  private readonly readers = new Map<string, Member>();
  private readonly closing = new AbortController();
  hostility: Hostility;

  constructor(
    private readonly world: { readonly clock: Clock; readonly random: Random },
    hostility: Hostility = HOSTILE,
  ) {
    this.hostility = hostility;
    setMaxListeners(0, this.closing.signal);
  }

  static provider(world: { readonly clock: Clock; readonly random: Random }): TransportProvider {
    return { name: 'hostile', open: () => Promise.resolve(new HostileTransport(world)), ensure: () => Promise.resolve([]) };
  }

  async publish(messages: readonly TransportMessage[]): Promise<void> {
    for (const message of messages) {
      for (const consumer of this.members.keys()) this.send(consumer, message);
    }
  }

  async subscribe(options: SubscribeOptions): Promise<TransportSubscription> {
    const member: Member = { options, unsettled: new Set(), alive: true };
    this.members.set(options.consumer, [...(this.members.get(options.consumer) ?? []), member]);
    return {
      status: () => ({ state: member.alive ? 'open' : 'closed' }),
      close: async () => this.leave(member),
    };
  }

  /** The subscriber's process has died: what it had comes again elsewhere, later. */
  kill(consumer: string, at: number): void {
    const member = (this.members.get(consumer) ?? []).filter(({ alive }) => alive)[at];
    if (member !== undefined) this.leave(member);
  }

  async close(): Promise<void> {
    this.closing.abort(new Error('closed'));
  }

  private leave(member: Member): void {
    if (!member.alive) return;
    member.alive = false;
    for (const message of member.unsettled) this.later(200, () => this.give(member.options.consumer, message));
  }

  private send(consumer: string, message: TransportMessage): void {
    const { random } = this.world;
    if (random() < this.hostility.drop) return;
    const copies = random() < this.hostility.double ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const delay = random() < this.hostility.delay ? Math.floor(random() * 100) : 0;
      this.later(1 + delay, () => this.give(consumer, message));
    }
  }

  private give(consumer: string, message: TransportMessage): void {
    const member = this.readerOf(consumer, message.orderingKey);
    if (member === undefined) return;
    member.unsettled.add(message);
    const settle = (): boolean => member.alive && member.unsettled.delete(message);
    const delivery: Delivery = {
      ...message,
      ack: () => void settle(),
      nack: () => void (settle() && this.later(50, () => this.give(consumer, message))),
    };
    member.options.onMessage(delivery);
  }

  private readerOf(consumer: string, orderingKey: string): Member | undefined {
    const { random } = this.world;
    const key = `${consumer} ${orderingKey}`;
    const known = this.readers.get(key);
    if (known?.alive && random() >= this.hostility.move) return known;
    const alive = (this.members.get(consumer) ?? []).filter((member) => member.alive);
    const chosen = alive[Math.floor(random() * alive.length)];
    if (chosen !== undefined) this.readers.set(key, chosen);
    return chosen;
  }

  private later(ms: number, what: () => void): void {
    void this.world.clock.sleep(ms, this.closing.signal).then(what, () => undefined);
  }
}
