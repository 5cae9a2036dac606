import assert from 'node:assert/strict';
import type { Delivery } from '../../../messaging/transport.js';

interface Waiter {
  readonly isMet: () => boolean;
  readonly resolve: () => void;
}

/** Collects deliveries, and lets a case wait for them. */
export class Inbox {
  /** In the order of arrival, repeats included. */
  readonly arrived: Delivery[] = [];
  /** What is done with each delivery at once; default nothing, so that it stays unsettled. */
  react: (delivery: Delivery) => void = () => undefined;
  private waiters: readonly Waiter[] = [];

  constructor(private readonly patienceMs: number) {}

  readonly onMessage = (delivery: Delivery): void => {
    this.arrived.push(delivery);
    this.react(delivery);
    const met = this.waiters.filter(({ isMet }) => isMet());
    this.waiters = this.waiters.filter((waiter) => !met.includes(waiter));
    for (const { resolve } of met) resolve();
  };

  /** Acknowledges whatever comes from now on. */
  acking(): this {
    this.react = (delivery) => delivery.ack();
    return this;
  }

  /** Ids in the order of arrival, repeats included; those of one key when it is given. */
  ids(orderingKey?: string): readonly string[] {
    const chosen = this.arrived.filter((delivery) => orderingKey === undefined || delivery.orderingKey === orderingKey);
    return chosen.map((delivery) => delivery.attributes['ce-id'] ?? '');
  }

  count(id: string): number {
    return this.ids().filter((other) => other === id).length;
  }

  /** Waits until every id has arrived at least so many times. */
  async receives(ids: readonly string[], times = 1): Promise<void> {
    const missing = (): readonly string[] => {
      const counts = new Map<string, number>();
      for (const id of this.ids()) counts.set(id, (counts.get(id) ?? 0) + 1);
      return ids.filter((id) => (counts.get(id) ?? 0) < times);
    };
    await this.until(
      () => missing().length === 0,
      () => `${missing().length} of ${ids.length} messages, ${missing()[0]} the first, to arrive ${times} times`,
    );
  }

  /** Waits until so many deliveries have been made. */
  async receivesCount(count: number): Promise<void> {
    await this.until(
      () => this.arrived.length >= count,
      () => `${count} deliveries, and ${this.arrived.length} were made`,
    );
  }

  private async until(isMet: () => boolean, what: () => string): Promise<void> {
    if (isMet()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new assert.AssertionError({ message: `waited ${this.patienceMs} ms in vain for ${what()}` })),
        this.patienceMs,
      );
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.waiters = [...this.waiters, { isMet, resolve: done }];
    });
  }
}
