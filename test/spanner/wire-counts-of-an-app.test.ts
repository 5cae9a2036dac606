import {
  Aggregate,
  AggregateRoot,
  Apply,
  Command,
  Event,
  Eventspan,
  Handle,
  On,
  Projector,
  counterTable,
  inProcess,
  type ProjectionContext,
} from 'eventspan';
import { spanner } from 'eventspan/spanner';
import { describeWithEmulator } from '../support/emulators.js';
import { GrpcProxy } from '../support/grpc-proxy.js';
import { until } from '../support/until.js';
import { spannerOptions } from './spanner-under-test.js';

@Event('thing.done')
class Done {
  constructor(readonly n: number) {}
}

@Command('thing.do', { aggregateId: (command: Do) => command.id })
class Do {
  constructor(
    readonly id: string,
    readonly times: number,
  ) {}
}

@Aggregate('thing')
class Thing extends AggregateRoot {
  private done = 0;

  @Handle(Do, { stream: 'any' })
  do({ times }: Do): void {
    for (let n = 0; n < times; n++) this.record(new Done(n));
  }

  @Apply(Done)
  protected onDone({ n }: Done): void {
    this.done += n;
  }
}

@Projector('done', { rows: 'stream', tables: [counterTable('done', { key: { what: 'string' }, counters: ['n'] })] })
class DoneCount {
  @On(Done)
  done(_: Done, { view }: ProjectionContext): void {
    view.increment('done', { what: 'done' }, { n: 1 });
  }
}

describeWithEmulator('spanner', 'requests on the wire, of an application', () => {
  let app: Eventspan;
  let proxy: GrpcProxy;

  beforeAll(async () => {
    const options = await spannerOptions();
    proxy = await GrpcProxy.start(options.emulatorHost as string);
    app = await Eventspan.open({
      store: spanner({ ...options, emulatorHost: proxy.host }),
      transport: inProcess(),
      aggregates: [Thing],
      projectors: [DoneCount],
      commands: { cache: { maxAggregates: 10 } },
      // Nothing but what the test does: no lease to be renewed, no tail and no generations to be looked at meanwhile.
      relay: { leaseMs: 600_000, poll: { minMs: 100, maxMs: 100 } },
      projections: { leaseMs: 600_000, tailCheckMs: 600_000, pollMs: 600_000, liveCacheMs: 60_000 },
      // It runs, and what it passes by costs no request.
      dispatch: { leaseMs: 600_000, tailCheckMs: 600_000 },
      // Timers are looked for all the time; what that costs is said of them.
      roles: ['commands', 'relay', 'projectors', 'consumers'],
    });
    await app.start();
    await run(new Do('a', 1));
  });

  afterAll(async () => {
    await app.stop();
    await proxy.close();
  });

  /** Executes a command and waits until its events have gone the whole way, and both cursors with them. */
  async function run(command: Do): Promise<void> {
    const published = app.status().relay?.published ?? 0;
    const result = await app.execute(command);
    await app.caughtUp('done', result);
    await until(() => {
      const { relay } = app.status();
      return relay?.idle === true && relay.published === published + command.times;
    }, 'the relay is done');
  }

  it.each([1, 100])(
    'a warm command, and its %d events all the way to the read model, are 3 Commits and the relay its Reads',
    async (times) => {
      const before = app.status().rpcs;
      proxy.forget();
      await run(new Do('a', times));
      const { Commit, StreamingRead, ...others } = proxy.seen();
      expect(others).toEqual({});
      expect(Commit).toBe(3);
      const { command, relay, projector } = difference(app.status().rpcs, before);
      expect(command).toEqual({ Commit: 1 });
      expect(projector).toEqual({ Commit: 1 });
      expect(relay).toEqual({ Commit: 1, Publish: 1, Read: StreamingRead });
    },
  );

  it('an idle relay sends nothing but 1 Read a poll for all 16 shards', async () => {
    expect(app.status().relay?.shards.filter(({ state }) => state === 'ready')).toHaveLength(16);
    proxy.forget();
    await until(() => (proxy.seen()['StreamingRead'] ?? 0) >= 3, 'three polls');
    expect(Object.keys(proxy.seen())).toEqual(['StreamingRead']);
  });
});

type Rpcs = ReturnType<Eventspan['status']>['rpcs'];

function difference(after: Rpcs, before: Rpcs): Record<string, Record<string, number>> {
  const callers = Object.entries(after).map(([caller, methods]) => {
    const grown = Object.entries(methods).map(([method, n]) => [method, n - (before[caller]?.[method] ?? 0)] as const);
    return [caller, Object.fromEntries(grown.filter(([, n]) => n > 0))] as const;
  });
  return Object.fromEntries(callers);
}
