import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder for the tests of a file; removed after them. */
export function temporaryFolder(): () => string {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'eventspan-replay-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  return () => folder;
}
