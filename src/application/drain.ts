import type { EventStore } from '../event-store/event-store.js';
import type { Transport } from '../messaging/transport.js';
import type { ProjectionSet } from '../projections/rebuild/projection-set.js';
import type { Relay } from '../relay/relay.js';
import type { Clock } from '../support/clock.js';
import { within } from '../support/within.js';
import type { AppEngine } from './app-engine.js';
import { closeTopics, type Topics } from './open-topics.js';

interface DrainParts {
  readonly commands: readonly Promise<unknown>[];
  /** Ends commands that are not done in time. */
  readonly giveUp: () => void;
  readonly relay: Relay | undefined;
  readonly projections: { readonly set: ProjectionSet | undefined };
  readonly others: readonly AppEngine[];
  readonly transport: Transport | undefined;
  readonly topics: Topics;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/**
 * Ends everything in the order in which data flows, within one deadline; answers what was given up. Transports and store
 * are closed in every case.
 */
export async function drain(parts: DrainParts): Promise<readonly string[]> {
  const { commands, giveUp, relay, projections, others, transport, topics, store, clock, timeoutMs } = parts;
  const deadline = clock.now() + timeoutMs;
  const left = (): number => Math.max(0, deadline - clock.now());
  const late: string[] = [];
  /** The engines give up by themselves when their time is over; that it is over is how one sees it. */
  const stage = async (name: string, stop: () => Promise<unknown>): Promise<void> => {
    const hadTime = left() > 0;
    await stop();
    if (hadTime && left() === 0) late.push(name);
  };
  try {
    for (const engine of others.toReversed()) await stage(engine.name, () => engine.stop({ deadlineMs: left() }));
    if (!(await within(clock, left(), Promise.allSettled(commands)))) {
      late.push('commands');
      giveUp();
    }
    await stage('relay', async () => relay?.stop({ deadlineMs: left() }));
    await stage('projections', async () => projections.set?.stop({ deadlineMs: left() }));
  } finally {
    await closeTopics(topics);
    await transport?.close();
    await store.close();
  }
  return late;
}
