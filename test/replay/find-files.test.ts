import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findFiles } from '../../src/replay/find-files.js';
import { temporaryFolder } from './support/folder.js';

const folder = temporaryFolder();

beforeEach(async () => {
  for (const file of ['a.ndjson', 'b.json', '.hidden.ndjson', 'loan/1.ndjson', 'loan/old/2.ndjson', '.git/3.ndjson', 'x[1].ndjson']) {
    await mkdir(path.dirname(path.join(folder(), file)), { recursive: true });
    await writeFile(path.join(folder(), file), '');
  }
});

it.each([
  ['*.ndjson', ['a.ndjson', 'x[1].ndjson']],
  ['**/*.ndjson', ['a.ndjson', 'loan/1.ndjson', 'loan/old/2.ndjson', 'x[1].ndjson']],
  ['loan/**/?.ndjson', ['loan/1.ndjson', 'loan/old/2.ndjson']],
  ['*/1.ndjson', ['loan/1.ndjson']],
  ['.*.ndjson', ['.hidden.ndjson']],
  ['x[1].ndjson', ['x[1].ndjson']],
  ['x[1].*', ['x[1].ndjson']],
  ['a.ndjson', ['a.ndjson']],
  ['none.ndjson', []],
  ['none/**/*.ndjson', []],
  ['loan', []],
  ['*', ['a.ndjson', 'b.json', 'x[1].ndjson']],
])('%s finds what it should', (pattern, expected) => {
  const found = findFiles([`${folder()}/${pattern}`]);
  expect(found.map(({ file }) => path.relative(folder(), file))).toEqual(expected);
});

it('each file is found once, with its path below the wildcards', () => {
  const found = findFiles([`${folder()}/loan/**/*.ndjson`, `${folder()}/loan/1.ndjson`, `${folder()}/loan/*`]);
  expect(found.map(({ file }) => path.relative(folder(), file))).toEqual(['loan/1.ndjson', 'loan/old/2.ndjson']);
  expect(findFiles([`${folder()}/**/2.ndjson`])[0]?.below).toBe('loan/old/2.ndjson');
});

it('paths are relative to the folder of the process', () => {
  expect(findFiles(['package.json'])).toEqual([{ file: 'package.json', below: 'package.json' }]);
  expect(findFiles(['*.json', './src/*.ts']).map(({ file }) => file)).toEqual(
    expect.arrayContaining(['package.json', 'tsconfig.json', 'src/index.ts']),
  );
});
