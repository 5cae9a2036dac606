import 'reflect-metadata';
// oxlint-disable-next-line typescript/no-require-imports
const { extract } = require('../../scripts/docs-blocks.cjs') as { extract(this: void): { page: string; target: string; blocks: number }[] };

describe('the code in the docs', () => {
  it.each(extract())('$page runs', async ({ target }) => {
    const page = require(target) as { run(): Promise<void> };
    await page.run();
  });
});
