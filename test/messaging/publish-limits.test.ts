import { isEventspanError, type EventspanError } from '../../src/errors/eventspan-error.js';
import { checkBatch, messageBytes, messageRefused, PUBLISH_LIMITS, refusalOf } from '../../src/messaging/publish-limits.js';
import type { TransportMessage } from '../../src/messaging/transport.js';

const message = (given: Partial<TransportMessage> = {}): TransportMessage => ({
  orderingKey: 's3',
  data: '{}',
  attributes: { 'ce-id': 'e-1' },
  ...given,
});

function batchFault(messages: readonly TransportMessage[]): EventspanError | undefined {
  try {
    checkBatch(messages);
    return undefined;
  } catch (error) {
    if (isEventspanError(error, 'BATCH_INVALID')) return error;
    throw error;
  }
}

describe('the limits of one publish', () => {
  it('count UTF-8 bytes of body, attributes and key', () => {
    expect(messageBytes({ orderingKey: 's10', data: '"ü"', attributes: { ä: '🏦', b: '' } })).toBe(3 + 4 + 2 + 4 + 1);
  });

  it('let 1,000 messages of one key pass, and no more', () => {
    expect(batchFault([])).toBeUndefined();
    expect(batchFault(Array.from({ length: 1_000 }, () => message()))).toBeUndefined();
    expect(batchFault(Array.from({ length: 1_001 }, () => message()))?.details['reason']).toBe('it has 1001 messages');
  });

  it('let 9,000,000 bytes pass, and no more', () => {
    const half = message({ data: 'x'.repeat(PUBLISH_LIMITS.maxBytes / 2 - messageBytes(message({ data: '' }))) });
    expect(batchFault([half, half])).toBeUndefined();
    expect(batchFault([half, half, message({ data: '', attributes: {} })])?.details['reason']).toBe('it has 9000002 bytes');
  });

  it('let one key pass, and name two', () => {
    expect(batchFault([message(), message({ orderingKey: 's4' })])?.details['reason']).toBe('it has the ordering keys s3 and s4');
  });

  const attributes = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${at}`, '']));

  it.each([
    [message({ data: '', attributes: {} }), 'it has neither body nor attributes'],
    [message({ attributes: attributes(101) }), 'it has 101 attributes, more than 100'],
    [message({ attributes: { '': 'x' } }), 'an attribute has no name'],
    [message({ attributes: { googclient_x: 'x' } }), 'the attribute name googclient_x is reserved (goog)'],
    [message({ attributes: { ['n'.repeat(257)]: 'x' } }), `the attribute name ${'n'.repeat(40)}... is longer than 256 bytes`],
    [message({ attributes: { n: '🏦'.repeat(257) } }), 'the value of the attribute n is longer than 1024 bytes'],
    [message({ orderingKey: 'ü'.repeat(513) }), 'its ordering key is longer than 1024 bytes'],
    [message({ data: 'x'.repeat(9_000_000) }), 'it has 9000010 bytes, more than 9000000'],
  ])('refuse a message and say why (%#)', (refused, reason) => expect(refusalOf(refused)).toBe(reason));

  it.each([
    message(),
    message({ data: '' }),
    message({ attributes: {} }),
    message({ attributes: attributes(100) }),
    message({ attributes: { ['n'.repeat(256)]: '🏦'.repeat(256) }, orderingKey: 'ü'.repeat(512) }),
  ])('take a message at the limit (%#)', (taken) => expect(refusalOf(taken)).toBeUndefined());

  it('name the refused message by its event id, and how many before it were taken', () => {
    const error = messageRefused([message(), message({ attributes: { 'ce-id': 'e-2' } })], 1, { text: 'too large' });
    expect(error).toMatchObject({ code: 'MESSAGE_REFUSED', retryable: false });
    expect(error.details).toMatchObject({ eventId: 'e-2', shard: '3', reason: 'too large', acceptedCount: 1 });
    expect(messageRefused([message({ attributes: {} })], 0, { text: 'x' }).details['eventId']).toBe('at 0');
  });
});
