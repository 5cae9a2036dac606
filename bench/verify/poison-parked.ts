import { createParkedStreams, SYSTEM_TABLES, type EventStore, type ParkedStream, type ParkedStreams } from 'eventspan';
import { CONSUMER } from './poison-app.js';
import type { Poison, PoisonPlan } from './poison-plan.js';

/** What is expected and what is found, and how they differ, in words. */
export interface ParkedComparison {
  readonly expected: number;
  readonly found: number;
  readonly differences: readonly string[];
}

/** The parked streams of one store, compared with a plan. */
export class ParkedPoison {
  readonly parked: ParkedStreams;

  constructor(
    private readonly store: EventStore,
    private readonly plan: PoisonPlan,
  ) {
    this.parked = createParkedStreams({ store });
  }

  async list(): Promise<readonly ParkedStream[]> {
    const all: ParkedStream[] = [];
    for await (const each of this.parked.list()) all.push(each);
    return all;
  }

  /** Streams for which something is asked for that is not carried out yet. */
  async pending(): Promise<number> {
    return (await this.list()).filter(({ request }) => request !== undefined).length;
  }

  /** Stream, version, reason and code of each have to be as planned, and there has to be no other. */
  async compare(): Promise<ParkedComparison> {
    const found = (await this.list()).map(described);
    return comparisonOf(
      this.planned.map(({ kind, ...place }) => described({ ...place, ...kind })),
      found,
    );
  }

  /** As {@link compare}, whatever they are said to be parked for. */
  async comparePlaces(): Promise<ParkedComparison> {
    return comparisonOf(this.planned.map(placeOf), (await this.list()).map(placeOf));
  }

  /** How the events that were given up differ from those that no code can read, in words. */
  async compareDiscarded(): Promise<ParkedComparison> {
    const table = SYSTEM_TABLES.find(({ name }) => name === 'discarded');
    if (table === undefined) throw new Error('There is no table of discarded events.');
    const found: string[] = [];
    for await (const row of this.store.readModels.scan(table))
      found.push(`${String(row['stream_id'])}@${String(row['version'])} ${String(row['code'])} because ${String(row['reason'])}`);
    const unreadable = this.planned.filter(({ kind }) => !kind.canBeMended);
    const expected = unreadable.map((poison) => `${placeOf(poison)} ${poison.kind.code} because ${becauseOf(poison)}`);
    return comparisonOf(expected, found);
  }

  /** Asks for all that is parked and that nothing is asked for: what no code can read is to be given up, the others handled again. */
  async settleAll(): Promise<number> {
    const idle = (await this.list()).filter(({ request }) => request === undefined);
    for (const { streamId, version } of idle) {
      const poison = this.plan.poison.get(streamId);
      const selection = { consumer: CONSUMER, streamId };
      if (poison === undefined || poison.version !== version || poison.kind.canBeMended) await this.parked.redrive(selection);
      else await this.parked.discard(selection, { reason: becauseOf(poison) });
    }
    return idle.length;
  }

  private get planned(): readonly Poison[] {
    return [...this.plan.poison.values()];
  }
}

/** The operator's words. */
function becauseOf({ kind }: Poison): string {
  return `nothing can read ${kind.name}`;
}

function placeOf({ streamId, version }: Pick<ParkedStream, 'streamId' | 'version'>): string {
  return `${streamId}@${version}`;
}

function described(parked: Pick<ParkedStream, 'streamId' | 'version' | 'reason' | 'code'>): string {
  return `${placeOf(parked)} ${parked.reason} ${parked.code ?? 'without a code'}`;
}

function comparisonOf(expected: readonly string[], found: readonly string[]): ParkedComparison {
  const lacking = expected.filter((each) => !found.includes(each)).map((each) => `lacking: ${each}`);
  const unexpected = found.filter((each) => !expected.includes(each)).map((each) => `unexpected: ${each}`);
  return { expected: expected.length, found: found.length, differences: [...lacking, ...unexpected] };
}
