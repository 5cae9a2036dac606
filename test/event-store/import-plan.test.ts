import { planImport, type ImportTarget } from '../../src/event-store/import-plan.js';
import { formatPosition, parsePosition } from '../../src/event-store/position.js';
import type { StoredEvent } from '../../src/event-store/stored-event.js';

const NOW = '2026-11-24T12:00:00.000000000Z';

const empty: ImportTarget = {
  shardCount: 1,
  now: NOW,
  head: () => ({ version: 0, isClosed: false }),
  eventIdAt: () => undefined,
  lastPosition: () => undefined,
};

function event(streamId: string, version: number, place: { commitTime?: string; commitIndex?: number } = {}): StoredEvent {
  const { commitTime = NOW, commitIndex = 0 } = place;
  const position = formatPosition({ commitTime, commitIndex, streamId, version });
  return { streamId, version, eventId: `${streamId}.${version}`, type: 'happened', data: '{}', metadata: '{}', shard: 7, position };
}

describe('planning an import', () => {
  it('asks a store once about each stream and shard', () => {
    const asked: string[] = [];
    const target: ImportTarget = {
      ...empty,
      head: (streamId) => {
        asked.push(streamId);
        return { version: 0, isClosed: false };
      },
      lastPosition: (shard) => {
        asked.push(`shard ${shard}`);
        return undefined;
      },
    };
    planImport([event('a', 1), event('b', 1), event('a', 2, { commitIndex: 1 }), event('b', 2, { commitIndex: 1 })], target);
    expect(asked).toEqual(['a', 'shard 0', 'b']);
  });

  it('raises the index of the later of two commits that share a time, and leaves it where there is room', () => {
    const lastPosition = () => formatPosition({ commitTime: NOW, commitIndex: 4, streamId: 'z', version: 1 });
    const events = [event('a', 1, { commitIndex: 0 }), event('b', 1, { commitIndex: 0 }), event('c', 1, { commitIndex: 9 })];
    const planned = planImport(events, { ...empty, lastPosition });
    expect(planned.map(({ position }) => parsePosition(position).commitIndex)).toEqual([5, 6, 9]);
    expect(planned.map(({ shard }) => shard)).toEqual([0, 0, 0]);
  });

  it('takes a clock that is ten seconds ahead, none that is more, and any where the database judges', () => {
    const at = (commitTime: string, now?: string) => () => {
      const { now: _, ...unjudged } = empty;
      return planImport([event('a', 1, { commitTime })], { ...unjudged, ...(now !== undefined && { now }) });
    };
    expect(at('2026-11-24T12:00:10.000000000Z', NOW)).not.toThrow();
    expect(at('2026-11-24T12:00:10.001000000Z', NOW)).toThrow(expect.objectContaining({ code: 'IMPORT_CONFLICT' }));
    expect(at('2036-11-24T12:00:00.000000000Z')).not.toThrow();
  });

  it('writes what an event is, and nothing else that came with it', () => {
    const [planned] = planImport([{ ...event('a', 1), line: 17 } as StoredEvent], empty);
    expect(Object.keys(planned ?? {}).sort()).toEqual(['data', 'eventId', 'metadata', 'position', 'shard', 'streamId', 'type', 'version']);
  });
});
