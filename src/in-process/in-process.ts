import { resolveConsumer } from '../messaging/consumer-settings.js';
import type { TransportProvider } from '../messaging/transport.js';
import { Bus } from './bus.js';
import { resolveInProcessOptions, type InProcessOptions } from './in-process-options.js';
import { InProcessTransport } from './transport.js';

/**
 * A transport inside this process. One provider object is one bus: given to two applications it connects them.
 *
 * A consumer exists from its first subscription until the last transport of the bus is closed, or for as long as the provider when `ensure` has
 * declared it (`ensureTransports` does that for an application); what arrives while nobody subscribes to it waits, bounded by
 * `maxQueuedBytes`. Publishing never waits for a consumer: one that is slow or stopped loses messages beyond the bound (its status says how many)
 * and reads them from the log, so it cannot hold up the others; for consumers without a log see `whenFull: 'refuse'`.
 * Delivery is in the order of each key and never from within `publish`. What waits is lost with the process. Throws `OPTION_INVALID`.
 */
export function inProcess(options: InProcessOptions = {}): TransportProvider {
  const bus = new Bus(resolveInProcessOptions(options));
  return {
    name: 'in-process',
    open: (environment) => Promise.resolve(new InProcessTransport(bus, environment)),
    ensure: async (_, consumers) => {
      const made = consumers.map(resolveConsumer).filter((consumer) => bus.declare(consumer));
      return Promise.resolve(made.map(({ consumer }) => `created the queue of ${consumer}`));
    },
  };
}
