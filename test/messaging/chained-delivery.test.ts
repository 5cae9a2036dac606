import fc from 'fast-check';
import { formatPosition, comparePositions, type Position } from '../../src/event-store/position.js';
import type { StoredEvent } from '../../src/event-store/stored-event.js';
import { chainEvents } from '../../src/messaging/chain-events.js';
import { planDelivery } from '../../src/messaging/chained-delivery.js';
import type { ChainedEvent } from '../../src/messaging/envelope.js';

const LOG: readonly StoredEvent[] = Array.from({ length: 40 }, (_, at) => {
  const version = Math.floor(at / 3) + 1;
  const streamId = `loan-${at % 3}`;
  const position = formatPosition({
    commitTime: `2026-11-24T05:22:37.${String(123_456_000 + Math.floor(at / 4)).padStart(9, '0')}Z`,
    commitIndex: at % 4,
    streamId,
    version,
  });
  return { eventId: `event-${at}`, type: 'loan.noted', streamId, version, shard: 3, position, data: '{}', metadata: '{}' };
});
const CHAIN = chainEvents(undefined, LOG);
const ids = (messages: readonly ChainedEvent[]): string[] => messages.map(({ event }) => event.eventId);
const at = (index: number): ChainedEvent => CHAIN[index]!;
const claim = (index: number): ChainedEvent => ({ ...at(index), dataRef: `/streams/x/events/${index}` });

function readLog(after: Position | undefined, upTo: Position): readonly StoredEvent[] {
  return LOG.filter(
    ({ position }) => (after === undefined || comparePositions(position, after) > 0) && comparePositions(position, upTo) <= 0,
  );
}

describe('planDelivery', () => {
  it('applies what continues the log, in log order, however it arrived', () => {
    const plan = planDelivery(at(1).event.position, [at(4), at(2), at(3)], 10);
    expect(ids(plan.apply)).toEqual(['event-2', 'event-3', 'event-4']);
    expect(plan).toMatchObject({ drop: [], wait: [] });
    expect(plan.gap).toBeUndefined();
  });

  it('starts an untouched shard with its first event', () => {
    expect(ids(planDelivery(undefined, [at(1), at(0)], 10).apply)).toEqual(['event-0', 'event-1']);
  });

  it('drops what is at or before the cursor, and second copies', () => {
    const plan = planDelivery(at(2).event.position, [at(2), at(0), at(3), at(3), at(5), at(5)], 10);
    expect(ids(plan.apply)).toEqual(['event-3']);
    expect(ids(plan.drop)).toEqual(['event-0', 'event-2', 'event-3', 'event-5']);
    expect(ids(plan.wait)).toEqual(['event-5']);
  });

  it('names the span that is missing before the first message that waits', () => {
    expect(planDelivery(at(2).event.position, [at(6)], 10).gap).toEqual({ after: at(2).event.position, upTo: at(5).event.position });
    expect(planDelivery(undefined, [at(6)], 10).gap).toEqual({ upTo: at(5).event.position });
    expect(planDelivery(at(2).event.position, [at(3), at(6)], 10).gap).toEqual({ after: at(3).event.position, upTo: at(5).event.position });
  });

  it('takes no more than maxEvents, and sees no gap where the rest continues', () => {
    const plan = planDelivery(undefined, CHAIN, 7);
    expect(plan.apply).toHaveLength(7);
    expect(plan.wait).toHaveLength(33);
    expect(plan.gap).toBeUndefined();
  });

  it('goes on from a cursor that was set between two events', () => {
    const between = formatPosition({ commitTime: at(3).event.position.slice(0, 30), commitIndex: 9, streamId: 'none', version: 1 });
    expect(ids(planDelivery(between, [at(4)], 10).apply)).toEqual(['event-4']);
    expect(planDelivery(between, [at(5)], 10).gap).toEqual({ after: between, upTo: at(4).event.position });
  });

  it('takes a claim check for news of its position: one read brings all that follow each other', () => {
    const plan = planDelivery(at(1).event.position, [at(2), claim(3), claim(4), at(5)], 10);
    expect(ids(plan.apply)).toEqual(['event-2']);
    expect(ids(plan.wait)).toEqual(['event-3', 'event-4', 'event-5']);
    expect(plan.gap).toEqual({ after: at(2).event.position, upTo: at(4).event.position });
    expect(planDelivery(undefined, [claim(0)], 10).gap).toEqual({ upTo: at(0).event.position });
    expect(planDelivery(at(1).event.position, [claim(4)], 10).gap).toEqual({ after: at(1).event.position, upTo: at(3).event.position });
  });

  it('drops a claim check when the log has brought its event', () => {
    expect(ids(planDelivery(at(3).event.position, [claim(3), at(4)], 10).drop)).toEqual(['event-3']);
  });

  it('applies every event exactly once and in order, whatever is lost, doubled or out of order, or a claim check', () => {
    const isLarge = fc.array(fc.boolean(), { minLength: LOG.length, maxLength: LOG.length });
    const arrivals = fc.array(fc.array(fc.nat(LOG.length - 1), { maxLength: 12 }), { maxLength: 20 });
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 9 }), fc.boolean(), isLarge, (chunks, maxEvents, eager, large) => {
        const message = (index: number): ChainedEvent => (large[index] === true ? claim(index) : at(index));
        const applied: string[] = [];
        let cursor: Position | undefined;
        let waiting: readonly ChainedEvent[] = [];
        const step = (repair: boolean): boolean => {
          const plan = planDelivery(cursor, waiting, maxEvents);
          expect(plan.apply.length + plan.drop.length + plan.wait.length).toBe(waiting.length);
          expect(plan.apply.length).toBeLessThanOrEqual(maxEvents);
          expect(plan.apply.every(({ dataRef }) => dataRef === undefined)).toBe(true);
          applied.push(...ids(plan.apply));
          cursor = plan.apply.at(-1)?.event.position ?? cursor;
          const missing = repair && plan.gap !== undefined ? chainEvents(plan.gap.after, readLog(plan.gap.after, plan.gap.upTo)) : [];
          waiting = [...missing, ...plan.wait];
          return plan.apply.length + missing.length > 0;
        };
        for (const chunk of chunks) {
          waiting = [...waiting, ...chunk.map(message)];
          step(eager);
        }
        // The look at the log's tail, which finds a lost last message.
        waiting = [...waiting, message(LOG.length - 1)];
        while (step(true));
        expect(applied).toEqual(LOG.map(({ eventId }) => eventId));
        expect(waiting).toEqual([]);
      }),
    );
  });
});
