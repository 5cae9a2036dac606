import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ERROR_CODES } from '../../src/errors/codes.js';
import type { ErrorDescription } from '../../src/errors/error-description.js';
import { errorsPage } from '../../scripts/errors-page.cjs';

const page = readFileSync(path.join(__dirname, '../../docs/reference/errors.md'), 'utf8');
const codes = Object.entries(ERROR_CODES) as [string, ErrorDescription][];

describe('docs/reference/errors.md', () => {
  it('names every code of the table and no other', () => {
    const onPage = [...page.matchAll(/^## ([A-Z_]+)$/gm)].map((match) => match[1]);
    expect(onPage).toEqual(codes.map(([code]) => code).sort());
  });

  it('says of each code what the table says (npm run docs:errors writes it)', () => {
    expect(page).toBe(errorsPage(ERROR_CODES));
  });
});

describe('the error table', () => {
  it.each(codes)('%s: the remedy uses no value that the message lacks but by design, and both are sentences', (_, { message, remedy }) => {
    expect(message).toMatch(/^[A-Z{].*[.}]\n?$/s);
    expect(remedy).toMatch(/^[A-Z].*\.$/s);
  });
});
