import { closedStreamsOf, closeStream, seededRandom, type EventStore } from 'eventspan';
import { all } from './stores.js';

const PAYLOADS = [
  '{"amount":1.0,"rate":1e3,"text":"a\\u00e9\\n","nested":{"b":[1,2,{"c":null}],"data":"x"}}',
  '{"b":1,"a":-0.0,"big":12345678901234567890}',
  '{}',
  '[1.50, "}", "{\\"data\\":1}"]',
  '{"text":"Zoë 😀 \u2028 }{][\\\\"}',
  '{\n  "pretty": true\r\n}',
  '"text"',
  'not JSON at all',
  '',
];
const METADATA = [
  '{"correlationId":"c-1","time":"2026-01-01T00:00:00.000Z","schemaVersion":1}',
  '{}',
  '{"note":"a \\"quote\\" and \\\\"}',
  'none',
];

/** Fills a store by a seed: appends over several streams, odd payloads, some streams closed. Answers how many events there are. */
export async function fillRandomly(store: EventStore, seed: number, steps = 60): Promise<number> {
  const random = seededRandom(seed);
  const pick = (below: number): number => Math.floor(random() * below);
  const closed = new Set((await all(closedStreamsOf(store))).map(({ streamId }) => streamId));
  let events = 0;
  for (let step = 0; step < steps; step++) {
    const streams = [...new Set([`loan-${pick(6)}`, `work-Ünï ${pick(4)}`])].filter((each) => !closed.has(each)).slice(0, 1 + pick(2));
    const writes = streams.map((streamId) => ({
      streamId,
      expectedVersion: 'any' as const,
      events: Array.from({ length: 1 + pick(3) }, () => ({
        eventId: `e-${seed}-${++events}`,
        type: `thing.happened-${pick(3)}`,
        data: PAYLOADS[pick(PAYLOADS.length)] as string,
        metadata: METADATA[pick(METADATA.length)] as string,
      })),
    }));
    if (writes.length > 0) await store.append({ writes });
    const [first] = streams;
    if (first === undefined || random() > 0.05) continue;
    await closeStream(store, first, { reason: 'random', ids: () => `closing-${seed}-${++events}` });
    closed.add(first);
  }
  return events;
}
