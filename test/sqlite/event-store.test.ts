import { sqlite } from '../../src/sqlite/index.js';
import { describeEventStore } from '../../src/testing/conformance/event-store/describe-event-store.js';
import { newSqliteFile, testEnvironment } from './sqlite-file.js';

describeEventStore(
  'sqlite',
  async () => {
    const { file, remove } = await newSqliteFile();
    const provider = sqlite(file);
    const store = await provider.open(testEnvironment());
    return {
      store,
      reopen: () => provider.open(testEnvironment()),
      close: async () => {
        await store.close();
        await remove();
      },
    };
  },
  { modelRuns: 40 },
);
