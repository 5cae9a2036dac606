import 'reflect-metadata';
import { Exclude, Type } from 'class-transformer';
import fc from 'fast-check';
import { EventspanError } from '../../src/errors/eventspan-error.js';
import { parseMetadata } from '../../src/messages/metadata-json.js';
import { createPayloadCodec } from '../../src/messages/payload-codec.js';
import { codeAndPathOf, codeOf } from './error-of.js';

class Plain {
  readonly value!: unknown;
}

class Item {
  readonly at!: unknown;
}

class Typed {
  @Type(() => Item)
  readonly value!: unknown;
  @Type(() => Date)
  readonly at!: unknown;
}

class Transformed {
  @Type(() => Item)
  readonly value!: unknown;
  @Exclude()
  readonly cache!: unknown;
}

const codecs = [Plain, Typed, Transformed].map((type) => ({ name: type.name, codec: createPayloadCodec(type, type.name) }));

const frames = ['@', '{"value":@}', '{"value":[@]}', '{"value":{"a":{"b":@}}}', '{"at":@}', '{"value":{"at":[[@]]}}'];
const hostile = [
  '{"__proto__":{"polluted":1}}',
  '{"\\u005f_proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"constructor":1}',
  '{"prototype":{"polluted":1}}',
  '{"a":1,"__proto__":null}',
  '{"__proto__":[]}',
  '{"value":{"__proto__":{"polluted":1}},"value":{"constructor":1}}',
  `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
  `${'{"value":'.repeat(65)}1${'}'.repeat(65)}`,
  '{"then":{"length":1}}',
  '{"__defineGetter__":"x","hasOwnProperty":1,"toString":null,"valueOf":{}}',
  '{"100000000":1,"length":4294967295}',
  '{"toJSON":"x"}',
  '"\\ud800"',
  '-0',
  '1e400',
  'null',
  '',
  '{',
  '[1,]',
  'undefined',
  '\u0000',
];
const texts = frames.flatMap((frame) => hostile.map((text) => frame.replace('@', () => text)));

describe.each(codecs)('the codec of a $name class', ({ codec }) => {
  const before = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));

  afterEach(() => {
    expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(before);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it(`reads or refuses each of ${texts.length} hostile texts, and leaves Object.prototype alone`, () => {
    let refused = 0;
    for (const text of texts) {
      try {
        const read = codec.deserialize(text);
        expect(Reflect.get(read, 'polluted')).toBeUndefined();
      } catch (error) {
        expect(error).toBeInstanceOf(EventspanError);
        expect((error as EventspanError).code).toBe('PAYLOAD_UNREADABLE');
        refused++;
      }
    }
    expect(texts.length).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(texts.length / 2);
  });

  it('says where a hostile key stands', () => {
    expect(codeAndPathOf(() => codec.deserialize('{"value":[{"a b":{"__proto__":1}}]}'))).toBe(
      'PAYLOAD_UNREADABLE $.value[0]["a b"].__proto__',
    );
    expect(codeAndPathOf(() => codec.deserialize('{"constructor":1}'))).toBe('PAYLOAD_UNREADABLE $.constructor');
  });

  it('reads 64 levels and refuses 65', () => {
    const text = (depth: number) => `${'{"value":'.repeat(depth)}1${'}'.repeat(depth)}`;
    expect(() => codec.deserialize(text(64))).not.toThrow();
    expect(codeOf(() => codec.deserialize(text(65)))).toBe('PAYLOAD_UNREADABLE');
  });

  it('refuses a text over the limit before it parses it', () => {
    expect(codeOf(() => codec.deserialize('x'.repeat(2_621_441)))).toBe('PAYLOAD_TOO_LARGE');
  });

  it.each(['null', '1', '"x"', '[]', '[{}]', 'true'])('refuses %s, which is no object', (text) => {
    expect(codeAndPathOf(() => codec.deserialize(text))).toBe('PAYLOAD_UNREADABLE $');
  });

  it('reads or refuses arbitrary JSON', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        try {
          codec.deserialize(`{"value":${text},"at":${text}}`);
        } catch (error) {
          expect(error).toBeInstanceOf(EventspanError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('metadata', () => {
  it('is refused where a hostile key stands', () => {
    const text = '{"correlationId":"c","time":"2026-11-24T05:22:37.123Z","schemaVersion":1,"x":{"__proto__":{"polluted":1}}}';
    expect(codeAndPathOf(() => parseMetadata(text))).toBe('PAYLOAD_UNREADABLE $.x.__proto__');
  });
});
