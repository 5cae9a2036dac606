import { Eventspan, inProcess } from 'eventspan';
import { spanner } from 'eventspan/spanner';
import { describeWithEmulator, uniqueName } from '../support/emulators.js';
import { GrpcProxy, UNAVAILABLE, type Fault } from '../support/grpc-proxy.js';
import { spannerOptions } from '../spanner/spanner-under-test.js';
import { Look, Sell, SHOP, Takings } from './support/shop.js';

describeWithEmulator('spanner', 'inline projections on the wire', () => {
  let app: Eventspan;
  let proxy: GrpcProxy;
  let projector: Takings;

  beforeAll(async () => {
    const options = await spannerOptions();
    proxy = await GrpcProxy.start(options.emulatorHost as string);
    projector = new Takings();
    app = await Eventspan.open({
      store: spanner({ ...options, emulatorHost: proxy.host }),
      transport: inProcess(),
      ...SHOP,
      projectors: [projector],
      commands: { cache: { maxAggregates: 10 } },
      projections: { liveCacheMs: 60_000 },
    });
    await app.execute(new Sell('warm', [1]));
  });
  afterEach(() => proxy.disarm());
  afterAll(async () => {
    await app.stop();
    await proxy.close();
  });

  const rowOf = (id: string) => app.readModel('takings').get('takings', { shop: `shop-${id}` });

  it.each([1, 20])('a command of %d events with a row that is read is 1 Read and 1 Commit', async (events) => {
    proxy.forget();
    await app.execute(
      new Sell(
        'warm',
        Array.from({ length: events }, () => 1),
      ),
    );
    expect(proxy.seen()).toEqual({ StreamingRead: 1, Commit: 1 });
  });

  it('a command whose events no inline projector takes is 1 Commit', async () => {
    proxy.forget();
    await app.execute(new Look('warm'));
    expect(proxy.seen()).toEqual({ Commit: 1 });
  });

  const LOST: readonly (readonly [string, Fault])[] = [
    ['the reply is lost', { at: 'after', answer: UNAVAILABLE }],
    ['the connection is cut before the reply', { at: 'after', answer: 'cut' }],
    ['the request never arrives', { at: 'before', answer: UNAVAILABLE }],
  ];

  it.each(LOST)('rows are written once, with the events, where %s', async (_, fault) => {
    const id = uniqueName('s');
    for (let round = 1; round <= 10; round++) {
      proxy.arm('Commit', fault);
      const result = await app.execute(new Sell(id, [round]));
      expect(result).toMatchObject({ version: round, repeated: false });
      expect(await rowOf(id)).toMatchObject({ sales: round, total: (round * (round + 1)) / 2, version: round });
    }
    expect(projector.told.filter((told) => told.startsWith(`shop-${id}@`))).toEqual(
      Array.from({ length: 10 }, (_each, at) => `shop-${id}@${at + 1}`),
    );
  });
});
