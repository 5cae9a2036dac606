import { sqlite } from '../../src/sqlite/index.js';
import { testEnvironment } from './sqlite-file.js';

jest.mock('libsql', () => {
  throw new Error("Cannot find module 'libsql'");
});

describe('[sqlite] without the package libsql', () => {
  it('opening says what to install, and importing and configuring do no harm', async () => {
    const provider = sqlite('events.db');
    await expect(provider.open(testEnvironment())).rejects.toMatchObject({
      code: 'PACKAGE_MISSING',
      message: expect.stringContaining('npm install libsql'),
    });
  });
});
