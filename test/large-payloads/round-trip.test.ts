import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Aggregate,
  AggregateRoot,
  Apply,
  Command,
  Event,
  Eventspan,
  Handle,
  inProcess,
  memory,
  On,
  Projector,
  readModelTable,
  type ProjectionContext,
  type StoreProvider,
  type TransportMessage,
  type TransportProvider,
} from 'eventspan';
import { pubsub } from 'eventspan/pubsub';
import { spanner } from 'eventspan/spanner';
import { sqlite } from 'eventspan/sqlite';
import { describeWithEmulator, emulatorHost, uniqueName } from '../support/emulators.js';

const folder = mkdtempSync(join(tmpdir(), 'large-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

@Event('document.scanned')
class Scanned {
  constructor(readonly text: string) {}
}

@Command('document.scan', { aggregateId: (command: Scan) => command.id })
class Scan {
  constructor(
    readonly id: string,
    readonly text: string,
  ) {}
}

@Aggregate('document')
class Document extends AggregateRoot {
  @Handle(Scan, { stream: 'any' })
  scan(command: Scan): void {
    this.record(new Scanned(command.text));
  }

  @Apply(Scanned)
  protected onScanned(): void {}
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

@Projector('scans', {
  rows: 'stream',
  tables: [readModelTable('scans', { key: ['id', 'version'], columns: { id: 'string', version: 'integer', digest: 'string' } })],
})
class Scans {
  @On(Scanned)
  scanned(event: Scanned, { view, streamId, version }: ProjectionContext): void {
    view.insert('scans', { id: streamId, version, digest: digest(event.text) });
  }
}

/** Remembers what is published. */
function watched(provider: TransportProvider, seen: TransportMessage[]): TransportProvider {
  return {
    name: provider.name,
    ensure: (...args) => provider.ensure(...args),
    open: async (environment) => {
      const transport = await provider.open(environment);
      const publish = transport.publish.bind(transport);
      transport.publish = (messages, options) => {
        seen.push(...messages);
        return publish(messages, options);
      };
      return transport;
    },
  };
}

/** Small and large events of three streams, in turn; the largest is near what a store takes. */
async function story(store: StoreProvider, transport: TransportProvider): Promise<void> {
  const seen: TransportMessage[] = [];
  const app = await Eventspan.open({
    store,
    transport: watched(transport, seen),
    aggregates: [Document],
    projectors: [Scans],
    // Only messages can bring it on.
    projections: { tailCheckMs: 600_000 },
  });
  try {
    await app.start();
    const texts = [10, 262_200, 20, 300_000, 300_001, 30, 2_600_000, 40, 262_000].map((length, at) => `${at}-`.padEnd(length, '.'));
    const expected = [];
    for (const [at, text] of texts.entries()) {
      const result = await app.execute(new Scan(`${at % 3}`, text));
      expected.push({ id: `document-${at % 3}`, version: Math.floor(at / 3) + 1, digest: digest(text) });
      await app.caughtUp('scans', result, { timeoutMs: 30_000 });
    }
    const rows = await app.readModel('scans').all('scans');
    expect(rows).toEqual(expected.toSorted((a, b) => (a.id === b.id ? a.version - b.version : a.id < b.id ? -1 : 1)));
    const claims = new Set(seen.filter(({ data }) => data === '').map(({ attributes }) => attributes['ce-dataref']));
    const large = [
      '/streams/document-1/events/1',
      '/streams/document-0/events/2',
      '/streams/document-1/events/2',
      '/streams/document-0/events/3',
    ];
    expect(claims).toEqual(new Set(large));
    const [projection] = app.status().projections;
    expect(projection?.counts).toMatchObject({ events: texts.length, parked: 0, invalidMessages: 0 });
    expect(projection?.counts.gapsRead).toBeGreaterThanOrEqual(large.length);
  } finally {
    await app.stop();
  }
}

describe.each<[string, () => StoreProvider]>([
  ['memory', () => memory()],
  ['sqlite', () => sqlite(join(folder, 'log.db'))],
])('[%s] large payloads', (_, store) => {
  it('stay in the log, and reach the projection by their claim checks', () => story(store(), inProcess()));
});

describeWithEmulator(['spanner', 'pubsub'], 'large payloads', () => {
  it('stay in the log, and reach the projection by their claim checks', async () => {
    const store = spanner({
      project: 'test',
      instance: 'eventspan',
      database: uniqueName('db'),
      emulatorHost: await emulatorHost('spanner'),
    });
    const transport = pubsub({ project: 'eventspan-test', topic: uniqueName('events'), emulatorHost: await emulatorHost('pubsub') });
    await story(store, transport);
  });
});

describe('a payload over 2,621,440 characters', () => {
  it('is refused when it is recorded, and leaves nothing behind', async () => {
    const app = await Eventspan.open({ store: memory(), aggregates: [Document], roles: ['commands'] });
    await expect(app.execute(new Scan('1', 'x'.repeat(2_621_440)))).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    await app.execute(new Scan('1', 'small'));
    const versions = [];
    for await (const { version } of app.store.readStream('document-1')) versions.push(version);
    expect(versions).toEqual([1]);
    await app.stop();
  });
});
