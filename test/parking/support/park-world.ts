import type { EventStore } from '../../../src/event-store/event-store.js';
import { defineProjector, on } from '../../../src/projections/define-projector.js';
import type { ProjectionEngine } from '../../../src/projections/projection-engine.js';
import type { ProjectionContext, ProjectorDefinition } from '../../../src/projections/projector-definition.js';
import { readModelTable } from '../../../src/projections/read-model-table.js';
import type { ProjectorOptions } from '../../../src/projections/projector.decorator.js';
import type { HandlerPolicy } from '../../../src/subscriptions/handler-policy.js';
import { createParkedStreams, type ParkedStreams } from '../../../src/subscriptions/parked-streams.js';
import type { ParkedStream } from '../../../src/subscriptions/parked-stream.js';
import type { ReadModel } from '../../../src/projections/read-model.js';
import { Paid } from '../../projections/support/domain.js';
import type { World } from '../../projections/support/world.js';

export const CONSUMER = 'projector:seen:v1';

/** What was seen of each stream, in the order in which it came. */
export const seenTable = readModelTable('seen', { key: ['id'], columns: { id: 'string', amounts: 'json' } });

/** Keeps the amounts of each stream in order; `handle` may fail, wait, or do something after the commit. */
export function seenProjector(
  handle: (event: Paid, context: ProjectionContext) => void | Promise<void>,
  { policy, ...options }: Partial<ProjectorOptions> & { policy?: HandlerPolicy } = {},
): ProjectorDefinition {
  return defineProjector({
    name: 'seen',
    rows: 'stream',
    tables: [seenTable],
    retry: { attempts: 1 },
    ...options,
    on: [
      on(
        Paid,
        async (event, context) => {
          await handle(event, context);
          const { view, streamId } = context;
          const row = await view.get('seen', { id: streamId });
          view.upsert('seen', { id: streamId, amounts: [...((row?.['amounts'] as number[] | undefined) ?? []), event.amount] });
        },
        policy,
      ),
    ],
  });
}

export async function seenIn(model: ReadModel): Promise<Record<string, number[]>> {
  const rows = await model.all('seen');
  return Object.fromEntries(rows.map((row) => [String(row['id']), row['amounts'] as number[]]));
}

/** Parked streams of a world; requests are told to its engines at once, as in an application. */
export function parkedOf(world: World, store: EventStore = world.store): ParkedStreams {
  const notify = (): void => world.engines.forEach((engine) => void engine.lookForRequests());
  return createParkedStreams({ store, clock: world.clock, notify });
}

export async function listed(parked: ParkedStreams): Promise<ParkedStream[]> {
  const all: ParkedStream[] = [];
  for await (const each of parked.list()) all.push(each);
  return all;
}

export const parkedIds = async (parked: ParkedStreams): Promise<string[]> => (await listed(parked)).map(({ streamId }) => streamId).sort();

/** Lets time go on until so many events are behind the engine's cursors. */
export async function passed(world: World, engine: ProjectionEngine, events: number): Promise<void> {
  await world.until(() => engine.status().counts.events >= events, `${events} events are passed`, 300_000);
}
