import fc from 'fast-check';
import { Fifo } from '../../src/in-process/fifo.js';

it('a Fifo answers as an array would, whatever is done to it', () => {
  const step = fc.constantFrom('push', 'push', 'shift', 'unshift', 'shift many', 'push many');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      let next = 0;
      for (const kind of steps) {
        const times = kind.endsWith('many') ? 700 : 1;
        for (let at = 0; at < times; at++) {
          next++;
          if (kind.startsWith('push')) {
            fifo.push(next);
            model.push(next);
          } else if (kind === 'unshift') {
            fifo.unshift(next);
            model.unshift(next);
          } else if (fifo.shift() !== model.shift()) {
            return false;
          }
        }
        if (fifo.length !== model.length || fifo.peek() !== model[0]) return false;
      }
      return true;
    }),
  );
});
