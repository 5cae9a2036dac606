import { ValueMask } from '../../src/replay/recording/value-mask.js';

const mask = (): ValueMask => new ValueMask('a secret');

describe('a mask', () => {
  it.each([
    ['a name', 'Ann van Dijk-Öz', /^[A-Z][a-z]{2} [a-z]{3} [A-Z][a-z]{3}-[A-Z][a-z]$/],
    ['an e-mail address', 'ann.7@bank.example', /^[a-z]{3}\.\d@[a-z]{4}\.[a-z]{7}$/],
    ['an account number', 'NL91ABNA0417164300', /^[A-Z]{2}\d{2}[A-Z]{4}\d{10}$/],
    ['a number without a leading zero', '173688', /^[1-9]\d{5}$/],
    ['a number with a leading zero', '0612345678', /^0\d{9}$/],
    ['a name in another script', '王小明', /^[a-z]{3}$/],
    ['a smiley', '🙂🙂 ok', /^[a-z]{2} [a-z]{2}$/],
    ['a UUID', '0193a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b', /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/],
    ['a day', '1984-02-29', /^198[345]-\d\d-\d\d$/],
    ['a time', '2026-11-24T09:30:21.123Z', /^202[67]-\d\d-\d\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{3}Z$/],
    ['a time with an offset', '2026-11-24T09:30+01:00', /^202[67]-\d\d-\d\dT[0-2]\d:[0-5]\d\+01:00$/],
  ])('of %s keeps its kind and length', (_, value, kind) => {
    const masked = mask().text(value);
    expect(masked).toMatch(kind);
    expect(masked).not.toBe(value);
    expect(/^\d{4}-/.test(value) && Number.isNaN(Date.parse(masked))).toBe(false);
  });

  it.each([7, 20_000, -3, 12.5, 0.25, 1e21, 9_007_199_254_740_991, 1.5e-7])('of the number %d keeps its sign, digits and kind', (value) => {
    const masked = mask().number(value);
    expect(masked).not.toBe(value);
    expect(String(masked)).toHaveLength(String(value).length);
    expect([Math.sign(masked), Number.isSafeInteger(masked)]).toEqual([Math.sign(value), Number.isSafeInteger(value)]);
  });

  it('is the same for the same value and key, whatever came before, and another with another key', () => {
    const first = mask();
    expect(first.text('Ann')).toBe(first.text('Ann'));
    const second = mask();
    second.text('Bob');
    expect(second.text('Ann')).toBe(first.text('Ann'));
    expect(new ValueMask('another').text('Annabella Example')).not.toBe(first.text('Annabella Example'));
  });

  it('is of one value alone, also when texts of that length are used up', () => {
    const masks = mask();
    const values = Array.from({ length: 300 }, (_, at) => String(at));
    const masked = values.map((value) => masks.text(value));
    expect(new Set(masked).size).toBe(values.length);
    for (const [at, value] of values.entries()) expect(masked[at]).not.toBe(value);
    const days = Array.from({ length: 800 }, (_, at) => new Date(Date.UTC(1980, 0, at)).toISOString().slice(0, 10));
    expect(new Set(days.map((day) => masks.text(day))).size).toBe(days.length);
  });

  it('goes into arrays and objects, and leaves what says nothing', () => {
    const value = { name: 'Ann', tags: ['x1', 7], nothing: null, isOpen: true, empty: '', line: '- -', zero: 0 };
    const masked = mask().json(value) as typeof value;
    expect(masked).toMatchObject({ nothing: null, isOpen: true, empty: '', line: '- -', zero: 0 });
    expect(masked.name).toMatch(/^[A-Z][a-z]{2}$/);
    expect(masked.tags).toEqual([expect.stringMatching(/^[a-z]\d$/), expect.any(Number)]);
    expect(masked.tags).not.toEqual(value.tags);
  });
});
