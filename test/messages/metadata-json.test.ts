import { parseMetadata, serializeMetadata } from '../../src/messages/metadata-json.js';
import type { EventMetadata } from '../../src/messages/metadata.js';
import { codeAndPathOf, codeOf, errorOf } from './error-of.js';

const metadata: EventMetadata = { correlationId: 'c-1', time: '2026-11-24T05:22:37.123Z', schemaVersion: 1 };

describe('metadata', () => {
  it('comes back as it was, added fields included', () => {
    const full: EventMetadata = { ...metadata, causationId: 'e-1', actor: 'zoë', tenant: { id: 7, tags: ['a', null] } };
    expect(parseMetadata(serializeMetadata(full))).toStrictEqual(full);
  });

  it.each([
    ['$.tenant', { tenant: new Date(0) }],
    ['$.tenant.id', { tenant: { id: Number.NaN } }],
    ['$.actor', { actor: '\udfff' }],
    ['$.retry', { retry: () => 1 }],
    ['$.list[0]', { list: [undefined] }],
  ])('with what JSON cannot carry at %s is refused', (path, extra) => {
    expect(codeAndPathOf(() => serializeMetadata({ ...metadata, ...extra }))).toBe(`PAYLOAD_NOT_EXACT ${path}`);
  });

  it('may have 16,384 characters, and not one more', () => {
    const frame = serializeMetadata({ ...metadata, note: '' }).length;
    const note = 'x'.repeat(16_384 - frame);
    const text = serializeMetadata({ ...metadata, note });
    expect(text).toHaveLength(16_384);
    expect(parseMetadata(text)['note']).toBe(note);
    const error = errorOf(() => serializeMetadata({ ...metadata, note: `${note}x` }));
    expect(error.code).toBe('PAYLOAD_TOO_LARGE');
    expect(error.details['part']).toBe('metadata');
    expect(codeOf(() => parseMetadata(`${text} `))).toBe('PAYLOAD_TOO_LARGE');
  });

  it.each([
    ['$', 'nonsense'],
    ['$', '[]'],
    ['$.correlationId', '{}'],
    ['$.time', '{"correlationId":"c"}'],
    ['$.schemaVersion', '{"correlationId":"c","time":"t","schemaVersion":1.5}'],
  ])('that lacks what it must have at %s cannot be read', (path, text) => {
    expect(codeAndPathOf(() => parseMetadata(text))).toBe(`PAYLOAD_UNREADABLE ${path}`);
  });
});
