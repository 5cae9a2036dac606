/**
 * Before the run: says which emulators there are (EVENTSPAN_TEST_EMULATORS), and opens a broker (EVENTSPAN_TEST_BROKER) that
 * starts one emulator of each kind for the whole run when the first test file asks for it.
 */
import './source-hook.cjs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findEmulators, startEmulators, type EmulatorSource } from '../../src/testing/emulators/index.js';

type Running = Awaited<ReturnType<typeof startEmulators>>;

async function globalSetup(): Promise<void> {
  const found = await findEmulators();
  process.env['EVENTSPAN_TEST_EMULATORS'] = JSON.stringify({
    spanner: describeSource(found.spanner),
    pubsub: describeSource(found.pubsub),
  });
  const started = new Map<string, Promise<Running>>();
  const server = createServer((request, response) => {
    const service = (request.url ?? '').slice(1) as 'spanner' | 'pubsub';
    const running = started.get(service) ?? startEmulators({ [service]: true });
    started.set(service, running);
    running.then(
      (emulators) => response.end(emulators[service]?.host),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  process.env['EVENTSPAN_TEST_BROKER'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(globalThis, {
    stopTestEmulators: async () => {
      server.closeAllConnections();
      server.close();
      for (const running of await Promise.allSettled(started.values())) {
        if (running.status === 'fulfilled') await running.value.stop();
      }
    },
  });
}

/** `found`, or why there is none. */
function describeSource(source: EmulatorSource): string {
  return source.origin === 'none' ? source.tried.join('; ') : 'found';
}

export = globalSetup;
