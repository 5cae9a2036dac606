import fc from 'fast-check';
import type { ShardRange } from '../../src/event-store/event-store.js';
import { formatPosition } from '../../src/event-store/position.js';
import { checkCommitSize, MAX_MUTATIONS } from '../../src/spanner/commit-size.js';
import { spanner } from '../../src/spanner/index.js';
import type { Mutation, PartialResultSet, Value } from '../../src/spanner/protocol.js';
import { retryDelayMs } from '../../src/spanner/retry-info.js';
import { RowAssembler } from '../../src/spanner/row-assembler.js';
import { shardRanges } from '../../src/spanner/shard-ranges.js';
import { kindOf, retryInfoMs, rowErrorTable } from '../../src/spanner/status.js';
import { timeOfCell, timeOfTimestamp } from '../../src/spanner/times.js';
import { cell, key, NULL } from '../../src/spanner/values.js';

const grpcError = (code: number, message: string): Error => Object.assign(new Error(message), { code });

describe('what a failed request means', () => {
  it.each([
    [10, '10 ABORTED: try again', 'aborted'],
    [5, '5 NOT_FOUND: Transaction not found: 58', 'aborted'],
    [9, '9 FAILED_PRECONDITION: Invalid transaction ID. Transaction ID must be >= 5038', 'aborted'],
    [9, '9 FAILED_PRECONDITION: Foreign key violated', 'refused'],
    [5, '5 NOT_FOUND: Session not found: projects/p/instances/i/databases/d/sessions/s', 'sessionLost'],
    [5, '5 NOT_FOUND: Table events: Row {String("Session not found")} not found.', 'refused'],
    [6, '6 ALREADY_EXISTS: Table events: Row {String("a"), Int64(2)} already exists.', 'refused'],
    [3, '3 INVALID_ARGUMENT: no', 'refused'],
    [14, '14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1', 'notSent'],
    [4, '4 DEADLINE_EXCEEDED: Deadline exceeded after 1.000s,waiting for LB pick', 'notSent'],
    [4, '4 DEADLINE_EXCEEDED: Deadline exceeded after 1.000s,remote_addr=127.0.0.1:1', 'ambiguous'],
    [14, '14 UNAVAILABLE: read ECONNRESET', 'ambiguous'],
    [2, '2 UNKNOWN: ', 'ambiguous'],
    [13, '13 INTERNAL: Received RST_STREAM', 'ambiguous'],
  ])('code %d, %s: %s', (code, message, kind) => {
    expect(kindOf(grpcError(code, message))).toBe(kind);
  });

  it('an error that no request gave is a refusal, not a reason to try again', () => {
    expect(kindOf(new Error('Could not load the default credentials'))).toBe('refused');
  });

  it.each([
    [6, '6 ALREADY_EXISTS: Table events: Row {String("in table x "), Int64(2)↓} already exists.', 'events'],
    [6, '6 ALREADY_EXISTS: Row [in table x ,2] in table append_keys already exists', 'append_keys'],
    [5, '5 NOT_FOUND: Row [a,1,3] in table cursors is missing. Row cannot be updated.', 'cursors'],
    [5, '5 NOT_FOUND: Table cursors: Row {String("a\nb")} not found.', 'cursors'],
    [5, '5 NOT_FOUND: Table not found: events', undefined],
    [5, '5 NOT_FOUND: Database not found: projects/p', undefined],
    [9, '9 FAILED_PRECONDITION: Table events: Row {}', undefined],
  ])('code %d, %s: about a row of %s', (code, message, table) => {
    expect(rowErrorTable(grpcError(code, message))).toBe(table);
  });

  it('the wait that the service asks for is read from the trailers', () => {
    const seconds = Buffer.from([0x0a, 0x07, 0x08, 0xac, 0x02, 0x10, 0x80, 0x89, 0x7a]);
    const metadata = { get: (name: string) => (name === 'google.rpc.retryinfo-bin' ? [seconds] : []) };
    expect(retryInfoMs(Object.assign(grpcError(10, 'aborted'), { metadata }))).toBe(300_000 + 2);
    expect(retryInfoMs(grpcError(10, 'aborted'))).toBeUndefined();
    expect(retryDelayMs(Buffer.from([0x12, 0x00]))).toBeUndefined();
    expect(retryDelayMs(Buffer.from([0x0a, 0x02, 0x18, 0x01]))).toBeUndefined();
  });
});

describe('rows from partial result sets', () => {
  const cells = fc.oneof(fc.string().map(cell), fc.constant(NULL));

  /** Cuts rows into parts at random places, texts in their middle too, as the service does. */
  function cut(rows: readonly (readonly Value[])[], chance: () => number): PartialResultSet[] {
    const parts: PartialResultSet[] = [];
    let values: Value[] = [];
    const flush = (chunkedValue: boolean): void => {
      parts.push({ values, chunkedValue });
      values = [];
    };
    for (const value of rows.flat()) {
      const text = value.stringValue ?? '';
      const at = Math.floor(chance() * (text.length + 1));
      if (value !== NULL && chance() < 0.3) {
        values.push(cell(text.slice(0, at)));
        flush(true);
        values.push(cell(text.slice(at)));
      } else values.push(value);
      if (chance() < 0.3) flush(false);
      if (chance() < 0.1) flush(false);
    }
    flush(false);
    return parts;
  }

  it('are the rows that were sent, wherever they were cut', () => {
    const rows = fc.integer({ min: 1, max: 4 }).chain((width) => fc.array(fc.array(cells, { minLength: width, maxLength: width })));
    fc.assert(
      fc.property(rows, fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (sent, chances) => {
        const assembler = new RowAssembler(sent[0]?.length ?? 1);
        const received = cut(sent, () => chances.next().value as number).flatMap((part) => [...assembler.add(part)]);
        expect(received).toEqual(sent);
      }),
    );
  });
});

describe('ranges of the log', () => {
  const at = (second: number): string => `2026-11-24T05:22:0${second}.000000000Z`;
  const position = (second: number, version = 1): ReturnType<typeof formatPosition> =>
    formatPosition({ commitTime: at(second), commitIndex: 2, streamId: 'a/b', version });

  it.each<[string, ShardRange, object | undefined]>([
    ['all', { shard: 3 }, { startClosed: key(3), endClosed: key(3) }],
    ['after', { shard: 3, after: position(1) }, { startOpen: key(3, at(1), 2, 'a/b', 1), endClosed: key(3) }],
    ['up to', { shard: 3, upTo: position(2) }, { startClosed: key(3), endClosed: key(3, at(2), 2, 'a/b', 1) }],
    ['as of', { shard: 3, asOf: at(2) }, { startClosed: key(3), endClosed: key(3, at(2)) }],
    ['as of before up to', { shard: 3, upTo: position(4), asOf: at(2) }, { startClosed: key(3), endClosed: key(3, at(2)) }],
    [
      'up to in the second of as of',
      { shard: 3, upTo: position(2), asOf: at(2) },
      { startClosed: key(3), endClosed: key(3, at(2), 2, 'a/b', 1) },
    ],
    ['nothing between', { shard: 3, after: position(2, 5), upTo: position(2, 5) }, undefined],
    ['nothing before as of', { shard: 3, after: position(4), asOf: at(2) }, undefined],
  ])('%s', (_, range, expected) => {
    expect(shardRanges([range])).toEqual(expected === undefined ? [] : [expected]);
  });
});

describe('the size of a commit', () => {
  const insert = (table: string, rows: number, text = 'x'): Mutation => ({
    insert: {
      table,
      columns: Array.from({ length: 10 }, (_, n) => `c${n}`),
      values: Array.from({ length: rows }, () => ({ values: [cell(text)] })),
    },
  });

  it('counts cells of rows, and for events those of the index too', () => {
    expect(() => checkCommitSize([insert('view', MAX_MUTATIONS / 10)])).not.toThrow();
    expect(() => checkCommitSize([insert('view', MAX_MUTATIONS / 10), { delete: { table: 'view', keySet: { all: true } } }])).toThrow(
      /80001 mutations/,
    );
    expect(() => checkCommitSize([insert('events', 4_210)])).not.toThrow();
    expect(() => checkCommitSize([insert('events', 4_211)])).toThrow(expect.objectContaining({ code: 'COMMIT_TOO_LARGE' }));
  });

  it('counts bytes, not characters, and those of events twice', () => {
    expect(() => checkCommitSize([insert('view', 40, 'x'.repeat(2_000_000))])).not.toThrow();
    expect(() => checkCommitSize([insert('view', 40, 'ä'.repeat(2_000_000))])).toThrow(
      expect.objectContaining({ code: 'COMMIT_TOO_LARGE' }),
    );
    expect(() => checkCommitSize([insert('events', 40, 'x'.repeat(2_000_000))])).toThrow(
      expect.objectContaining({ code: 'COMMIT_TOO_LARGE' }),
    );
  });
});

describe('times', () => {
  it('have nine digits, whatever the service sends', () => {
    expect(['2026-11-24T05:22:37Z', '2026-11-24T05:22:37.1Z', '2026-11-24T05:22:37.123456Z'].map(timeOfCell)).toEqual([
      '2026-11-24T05:22:37.000000000Z',
      '2026-11-24T05:22:37.100000000Z',
      '2026-11-24T05:22:37.123456000Z',
    ]);
    expect(timeOfTimestamp({ seconds: '1795499501', nanos: 9 })).toBe('2026-11-24T05:51:41.000000009Z');
  });
});

describe('options', () => {
  it.each([
    [{ project: '' }, 'project'],
    [{ instance: 'Has Space' }, 'instance'],
    [{ database: 'x' }, 'database'],
    [{ emulatorHost: 'http://localhost:1' }, 'emulatorHost'],
    [{ shards: 0 }, 'shards'],
    [{ shards: 2_000 }, 'shards'],
  ])('%j are refused', (wrong, path) => {
    const make = (): unknown => spanner({ project: 'p', instance: 'ii', database: 'dd', ...wrong });
    expect(make).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', details: expect.objectContaining({ path }) }));
  });
});
