import { openHome } from '../../examples/checkout/home.js';
import { parseOptions } from '../../examples/checkout/options.js';
import { runCheckout } from '../../examples/checkout/run.js';

const optionsOf = (...args: string[]): ReturnType<typeof parseOptions> => parseOptions(['node', 'checkout', ...args]);

describe('[sqlite+in-process] the checkout of five services', () => {
  it('ends every order with the books balanced, while messages are lost, doubled and delayed and services fail', async () => {
    const options = optionsOf('--orders', '16', '--faults');
    const home = await openHome(options);
    const lines: string[] = [];
    try {
      const result = await runCheckout(options, home.place, (line) => void lines.push(line));
      expect(result).toMatchObject({ orders: 16, emails: 16, stuck: 0, faults: [] });
      expect(result.confirmed + result.cancelled).toBe(16);
      expect(result.confirmed).toBeGreaterThan(0);
      expect(Object.values(result.reasons).reduce((a, b) => a + b, 0)).toBe(result.cancelled);
      expect(lines.filter((line) => line.startsWith('  o-0: ')).at(-1)).toMatch(/confirmed|cancelled/);
    } finally {
      await home.close();
    }
  });

  it('refuses what does not go together', () => {
    const silent = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(() => optionsOf('--processes', '5', '--store', 'memory')).toThrow(expect.objectContaining({ exitCode: 1 }));
    expect(() => optionsOf('--orders', 'many')).toThrow(expect.objectContaining({ code: 'commander.invalidArgument' }));
    silent.mockRestore();
  });
});
