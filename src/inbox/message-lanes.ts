import { setMaxListeners } from 'node:events';
import type { Clock } from '../support/clock.js';
import type { HeldMessage } from './held-message.js';

interface Lane {
  readonly key: string;
  readonly waiting: HeldMessage[];
  /** A batch has messages of it. */
  isBusy: boolean;
  /** It is in the line of those that can go on. */
  isReady: boolean;
  /** It waits for the time of its first message. */
  isDelayed: boolean;
}

/**
 * The messages in hand, by key. Those of one key are given out in the order in which they came, and no more of it before they are back; keys
 * take turns. A message that came again while it is in hand is the same one.
 *
 * States of a key: waiting in line (ready), given out (busy), waiting for a time (delayed), gone (nothing of it is in hand).
 */
export class MessageLanes {
  private readonly lanes = new Map<string, Lane>();
  private readonly held = new Map<string, HeldMessage>();
  private readonly line: Lane[] = [];
  private readonly closing = new AbortController();
  /** One is woken for each key that can go on. */
  private readonly wake: (() => void)[] = [];
  private bytesHeld = 0;

  constructor(private readonly clock: Clock) {
    // Every delayed key listens to it.
    setMaxListeners(0, this.closing.signal);
  }

  /** Messages in hand, given out or not. */
  get size(): number {
    return this.held.size;
  }

  get bytes(): number {
    return this.bytesHeld;
  }

  find(id: string): HeldMessage | undefined {
    return this.held.get(id);
  }

  add(message: HeldMessage): void {
    this.held.set(message.id, message);
    this.bytesHeld += message.bytes;
    const lane = this.lanes.get(message.key) ?? this.open(message.key);
    lane.waiting.push(message);
    this.enqueue(lane);
  }

  /** Up to `max` messages of keys that nobody has; all of one key follow each other. */
  take(max: number): HeldMessage[] {
    const taken: HeldMessage[] = [];
    while (taken.length < max) {
      const lane = this.line.shift();
      if (lane === undefined) break;
      lane.isReady = false;
      lane.isBusy = true;
      taken.push(...lane.waiting.splice(0, max - taken.length));
    }
    if (this.line.length > 0) this.wake.shift()?.();
    return taken;
  }

  /** Resolves when there is something to take, or `close` was called. */
  untilReady(): Promise<void> {
    if (this.line.length > 0 || this.closing.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => this.wake.push(resolve));
  }

  /** A batch is over: of those that it was given, these go back, in their order, to the front of their keys. The others are out of hand. */
  settle(given: readonly HeldMessage[], back: readonly HeldMessage[]): void {
    const returning = new Set(back);
    for (const message of given) {
      if (returning.has(message)) continue;
      this.held.delete(message.id);
      this.bytesHeld -= message.bytes;
    }
    for (const message of back.toReversed()) this.lanes.get(message.key)?.waiting.unshift(message);
    for (const key of new Set(given.map((message) => message.key))) this.release(key);
  }

  /** Gives nothing out any more; answers all that is in hand. */
  close(): readonly HeldMessage[] {
    this.closing.abort(new Error('the consumer stopped'));
    this.line.length = 0;
    for (const wake of this.wake.splice(0)) wake();
    return [...this.held.values()];
  }

  private open(key: string): Lane {
    const lane: Lane = { key, waiting: [], isBusy: false, isReady: false, isDelayed: false };
    this.lanes.set(key, lane);
    return lane;
  }

  private release(key: string): void {
    const lane = this.lanes.get(key);
    if (lane === undefined) return;
    lane.isBusy = false;
    if (lane.waiting.length === 0) this.lanes.delete(key);
    else this.enqueue(lane);
  }

  private enqueue(lane: Lane): void {
    const [first] = lane.waiting;
    if (first === undefined || lane.isBusy || lane.isReady || lane.isDelayed || this.closing.signal.aborted) return;
    const delayMs = first.notBefore - this.clock.now();
    if (delayMs > 0) return this.delay(lane, delayMs);
    lane.isReady = true;
    this.line.push(lane);
    this.wake.shift()?.();
  }

  private delay(lane: Lane, ms: number): void {
    lane.isDelayed = true;
    const goOn = (): void => {
      lane.isDelayed = false;
      this.enqueue(lane);
    };
    void this.clock.sleep(ms, this.closing.signal).then(goOn, goOn);
  }
}
