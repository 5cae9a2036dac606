import fc from 'fast-check';
import { comparePositions, formatPosition, type Position } from '../../src/event-store/position.js';
import type { StoredEvent } from '../../src/event-store/stored-event.js';
import { fromMessage, toClaimCheck, toMessage, type ChainedEvent } from '../../src/messaging/envelope.js';
import { messageBytes, PUBLISH_LIMITS, refusalOf } from '../../src/messaging/publish-limits.js';
import type { TransportMessage } from '../../src/messaging/transport.js';
import { isEventspanError } from '../../src/errors/eventspan-error.js';

const text = (maxLength: number, minLength = 1) => fc.string({ minLength, maxLength, unit: 'grapheme' });
const positions = fc
  .record({
    second: fc.integer({ min: 0, max: 59 }),
    commitIndex: fc.integer({ min: 0, max: 999_999 }),
    streamId: text(20),
    version: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  })
  .map(({ second, ...rest }) => {
    const parts = { commitTime: `2026-11-24T05:22:${String(second).padStart(2, '0')}.123456789Z`, ...rest };
    return { parts, position: formatPosition(parts) };
  });

const chained: fc.Arbitrary<ChainedEvent> = fc
  .record({
    at: positions,
    before: fc.option(positions),
    eventId: fc.uuid(),
    shard: fc.integer({ min: 0, max: 999 }),
    data: fc.json(),
    metadata: text(2000, 0),
  })
  .map(({ at, before, eventId, shard, data, metadata }) => {
    const { streamId, version } = at.parts;
    const event: StoredEvent = { eventId, type: 'loan.noted', streamId, version, shard, position: at.position, data, metadata };
    const isBefore = before !== null && comparePositions(before.position, at.position) < 0;
    return isBefore ? { event, previous: before.position } : { event };
  });

const POSITION = formatPosition({ commitTime: '2026-11-24T05:22:37.123456000Z', commitIndex: 2, streamId: 'loan-1', version: 17 });
const BEFORE = formatPosition({ commitTime: '2026-11-24T05:22:36.000000000Z', commitIndex: 0, streamId: 'loan-2', version: 1 });
const EVENT: StoredEvent = {
  eventId: '019ab1c2-0000-7000-8000-000000000001',
  type: 'loan.submitted',
  streamId: 'loan-1',
  version: 17,
  shard: 5,
  position: POSITION,
  data: '{"amount":20000}',
  metadata: '{"correlationId":"c-1"}',
};

/** The longest of everything: 256 code points of four bytes, 16,384 characters of three. */
function largest(): ChainedEvent {
  const streamId = '🏦'.repeat(256);
  const parts = { commitTime: '2026-11-24T05:22:37.123456000Z', commitIndex: 999_999, streamId, version: Number.MAX_SAFE_INTEGER };
  const event = { ...EVENT, streamId, version: parts.version, position: formatPosition(parts), metadata: '你'.repeat(16_384) };
  return { event, previous: formatPosition({ ...parts, commitIndex: 1 }) };
}

describe('the envelope', () => {
  it('brings an event and the position before it back to the letter', () => {
    fc.assert(fc.property(chained, (value) => expect(fromMessage(toMessage(value))).toEqual(value)));
  });

  it('cuts no character in two, whatever the length of the metadata', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_500 }), fc.constantFrom('x', 'ü', '你', '🏦', 'x🏦'), (length, unit) => {
        const value = { event: { ...EVENT, metadata: unit.repeat(length) }, previous: BEFORE };
        const message = toMessage(value);
        for (const part of Object.values(message.attributes)) expect(Buffer.from(part, 'utf8').toString('utf8')).toBe(part);
        expect(fromMessage(message)).toEqual(value);
      }),
    );
  });

  it('keeps within the limits of a Pub/Sub message with the longest stream id, positions and metadata', () => {
    const message = toMessage(largest());
    expect(refusalOf(message)).toBeUndefined();
    for (const value of Object.values(message.attributes)) expect(Buffer.byteLength(value)).toBeLessThanOrEqual(1_024);
    expect(Object.keys(message.attributes).length).toBeLessThanOrEqual(100);
    expect(fromMessage(message)).toEqual(largest());
  });

  it('keeps within 9,000,000 bytes with the longest payload beside them', () => {
    const { event, previous } = largest();
    const message = toMessage({ event: { ...event, data: '你'.repeat(2_621_440) }, previous: previous as Position });
    expect(messageBytes(message)).toBeLessThanOrEqual(PUBLISH_LIMITS.maxBytes);
  });

  it('brings a claim check back without its payload, with the place where the payload is', () => {
    fc.assert(
      fc.property(chained, (value) => {
        const { event, ...rest } = fromMessage(toClaimCheck(value));
        const dataRef = `/streams/${encodeURIComponent(event.streamId)}/events/${event.version}`;
        expect({ event, ...rest }).toEqual({ ...value, event: { ...value.event, data: '' }, dataRef });
      }),
    );
    expect(toClaimCheck({ event: EVENT, previous: BEFORE }, '/loans')).toEqual({
      ...toMessage({ event: EVENT, previous: BEFORE }, '/loans'),
      data: '',
      attributes: { ...toMessage({ event: EVENT, previous: BEFORE }, '/loans').attributes, 'ce-dataref': '/streams/loan-1/events/17' },
    });
  });

  it('keeps the claim check of the longest stream id within the limits too', () => {
    expect(refusalOf(toClaimCheck(largest()))).toBeUndefined();
    expect(fromMessage(toClaimCheck(largest())).event.streamId).toBe(largest().event.streamId);
  });

  it('believes no payload that comes with a claim check, and no claim check of another event', () => {
    const claimed = toClaimCheck({ event: EVENT });
    expect(fromMessage({ ...claimed, data: '{"amount":1}' }).event.data).toBe('');
    for (const dataRef of ['', '/streams/loan-1/events/18', '/streams/loan-2/events/17', 'https://example.org/']) {
      const forged = { ...claimed, attributes: { ...claimed.attributes, 'ce-dataref': dataRef } };
      expect(() => fromMessage(forged)).toThrow(expect.objectContaining({ code: 'ENVELOPE_INVALID' }));
    }
  });

  it('has the required attributes of CloudEvents 1.0 in the binary mode of its Pub/Sub binding', () => {
    const { attributes, data, orderingKey } = toMessage({ event: EVENT, previous: BEFORE }, '/loans');
    expect(attributes).toEqual({
      'ce-specversion': '1.0',
      'ce-id': EVENT.eventId,
      'ce-source': '/loans',
      'ce-type': 'loan.submitted',
      'ce-subject': 'loan-1',
      'ce-time': '2026-11-24T05:22:37.123456000Z',
      'Content-Type': 'application/json',
      'ce-streamversion': '17',
      'ce-shard': '5',
      'ce-position': POSITION,
      'ce-previous': BEFORE,
      'ce-metadata': EVENT.metadata,
    });
    expect(data).toBe(EVENT.data);
    expect(orderingKey).toBe('s5');
  });

  it('names its attributes as CloudEvents 1.0 wants: lower-case letters and digits, at most 20', () => {
    const names = Object.keys(toMessage(largest()).attributes).filter((name) => name !== 'Content-Type');
    for (const name of names) expect(name).toMatch(/^ce-[a-z0-9]{1,20}$/);
    expect(names).toContain('ce-metadata65');
  });

  it('gives values that CloudEvents 1.0 allows: no empty required ones, a time of RFC 3339', () => {
    const { attributes } = toMessage({ event: EVENT });
    for (const name of ['ce-id', 'ce-source', 'ce-type', 'ce-subject']) expect(attributes[name]).not.toBe('');
    expect(new Date(attributes['ce-time'] ?? '').toISOString()).toBe('2026-11-24T05:22:37.123Z');
    expect(attributes['ce-previous']).toBe('');
  });
});

describe('a message that the relay did not make', () => {
  const good = toMessage({ event: EVENT, previous: BEFORE });
  const withAttributes = (changes: Record<string, unknown>): TransportMessage => {
    const attributes = { ...good.attributes, ...changes } as Record<string, string>;
    for (const name of Object.keys(changes)) if (changes[name] === undefined) delete attributes[name];
    return { ...good, attributes };
  };

  const HOSTILE: readonly (readonly [string, unknown])[] = [
    ['ce-specversion', '0.3'],
    ['ce-id', ''],
    ['ce-id', 7],
    ['ce-type', ''],
    ['ce-source', ''],
    ['ce-subject', 'loan-2'],
    ['ce-subject', ''],
    ['ce-streamversion', '18'],
    ['ce-streamversion', '17.0'],
    ['ce-streamversion', ' 17'],
    ['ce-streamversion', 17],
    ['ce-shard', 'x'],
    ['ce-shard', '-1'],
    ['ce-shard', '1.5'],
    ['ce-shard', '1e3'],
    ['ce-shard', ''],
    ['ce-shard', '99999999999999999999'],
    ['ce-position', 'nowhere'],
    ['ce-position', ''],
    ['ce-position', POSITION.replace('/17/', '/017/')],
    ['ce-position', { toString: () => POSITION }],
    ['ce-previous', 'nowhere'],
    ['ce-previous', POSITION],
    ['ce-previous', formatPosition({ commitTime: '2027-01-01T00:00:00.000000000Z', commitIndex: 0, streamId: 'x', version: 1 })],
    ['ce-previous', null],
    ['ce-metadata', 5],
  ];

  it.each(HOSTILE)('is refused for %s = %p', (attribute, value) => {
    expect(refusal(withAttributes({ [attribute]: value }))).toBe(attribute);
  });

  it.each(Object.keys(good.attributes).filter((name) => !['ce-time', 'Content-Type'].includes(name)))(
    'is refused without %s',
    (attribute) => {
      expect(refusal(withAttributes({ [attribute]: undefined }))).toBe(attribute);
    },
  );

  it('is refused where the position is of another stream', () => {
    expect(refusal(withAttributes({ 'ce-position': `${POSITION}x` }))).toBe('ce-subject');
  });

  it('is refused with an error that shows no more than the beginning of a long value', () => {
    try {
      fromMessage(withAttributes({ 'ce-shard': 'x'.repeat(5_000) }));
    } catch (error) {
      expect(String(error).length).toBeLessThan(400);
      return;
    }
    throw new Error('it was taken');
  });

  it('never throws anything but ENVELOPE_INVALID', () => {
    const value = fc.oneof(fc.string(), fc.constantFrom<string>(...Object.values(good.attributes)), fc.integer(), fc.constant(undefined));
    const changes = fc.dictionary(fc.constantFrom(...Object.keys(good.attributes)), value, { maxKeys: 4 });
    fc.assert(
      fc.property(changes, (hostile) => {
        try {
          fromMessage(withAttributes(hostile));
        } catch (error) {
          expect(isEventspanError(error, 'ENVELOPE_INVALID')).toBe(true);
        }
      }),
    );
  });

  /** The attribute that the error names. */
  function refusal(message: TransportMessage): unknown {
    try {
      return fromMessage(message);
    } catch (error) {
      if (!isEventspanError(error, 'ENVELOPE_INVALID')) throw error;
      return error.details['attribute'];
    }
  }
});
