import { judgeClock } from '../../src/application/doctor/judge-clock.js';
import { judgeConsumer, type ShardFacts } from '../../src/application/doctor/judge-consumer.js';
import { isInRange, judgeVersions } from '../../src/application/doctor/versions.js';
import { testGrant } from '../../src/pubsub/diagnose.js';
import { pubsubGrants } from '../../src/pubsub/grants.js';
import { resolvePubSubOptions } from '../../src/pubsub/pubsub-options.js';
import { testGrants } from '../../src/spanner/diagnose.js';

describe('versions', () => {
  it.each<[string, string, boolean]>([
    ['5.3.1', '^5.3.1 || ^6.3.0', true],
    ['5.4.0', '^5.3.1 || ^6.3.0', true],
    ['6.2.9', '^5.3.1 || ^6.3.0', false],
    ['6.3.0', '^5.3.1 || ^6.3.0', true],
    ['7.0.0', '^5.3.1 || ^6.3.0', false],
    ['0.5.29', '^0.5.1', true],
    ['0.6.0', '^0.5.1', false],
    ['v20.19.0', '>=20.19', true],
    ['v20.18.3', '>=20.19', false],
    ['v24.0.0', '>=20.19', true],
    ['1.0.0', '*', false],
  ])('%s is in %s: %p', (version, range, expected) => expect(isInRange(version, range)).toBe(expected));

  it('fail for what is used, warn for what is only there, and leave out what is neither', () => {
    const manifest = {
      engines: { node: '>=20.19' },
      peerDependencies: { used: '^1.0.0', missing: '^1.0.0', other: '^1.0.0', absent: '^1.0.0' },
    };
    const versions: Record<string, string> = { used: '2.0.0', other: '2.0.0' };
    const found = judgeVersions(manifest, { node: 'v18.0.0', used: new Set(['used', 'missing']), installed: (name) => versions[name] });
    expect(found.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'fail Node v18.0.0',
      'fail used 2.0.0, and ^1.0.0 is what works',
      'fail missing is not installed',
      'warn other 2.0.0, and ^1.0.0 is what works',
    ]);
  });
});

describe('the clock', () => {
  it.each([
    [0, 5, 'ok'],
    [1_004, 5, 'ok'],
    [-1_006, 5, 'warn'],
    [10_005, 5, 'warn'],
    [-10_006, 5, 'fail'],
  ] as const)('%p ms off, known to %p ms: %s', (aheadMs, unsureMs, level) => expect(judgeClock(aheadMs, unsureMs).level).toBe(level));
});

describe('a consumer', () => {
  const held = (facts: Partial<ShardFacts> = {}): ShardFacts => ({ shard: 0, owner: 'a', leaseAgeMs: 1_000, ...facts });

  it.each<[string, readonly ShardFacts[], string, string]>([
    ['is up to date', [held(), held({ shard: 1, waitingMs: 900 })], 'ok', 'up to date; 2 of 2 shards held'],
    ['was never started, and nothing waits', [{ shard: 0, owner: '' }], 'ok', 'nothing waits; nobody holds a shard'],
    [
      'has shards of dead owners, and nothing waits',
      [held({ leaseAgeMs: 31_000 })],
      'warn',
      'nothing waits; 1 shards (0) are held by processes that ended',
    ],
    ['is behind and works', [held({ waitingMs: 61_000 })], 'warn', '1 shards (0) are behind by 61 s'],
    [
      'is held by nobody, and events wait',
      [{ shard: 3, owner: '', waitingMs: 90_000 }],
      'fail',
      '1 shards (3) stand still, the first event since 90 s: nobody holds them',
    ],
    [
      'is held by a dead owner, and events wait',
      [held({ leaseAgeMs: 31_000, waitingMs: 90_000 })],
      'fail',
      'held by a, which ended without giving them back',
    ],
  ])('that %s', (_, shards, level, message) => {
    const finding = judgeConsumer('relay', shards);
    expect(finding).toMatchObject({ check: 'consumer.relay', level });
    expect(finding.message).toContain(message);
    expect(finding.todo === undefined).toBe(level === 'ok');
  });

  it('whose lease is long is not dead so soon', () => {
    expect(judgeConsumer('relay', [held({ leaseAgeMs: 100_000 })], 60_000).level).toBe('ok');
  });
});

// The emulators have no IAM: the clients' answers are made up here.
describe('grants', () => {
  it('of Pub/Sub are what the account lacks, with the role to be granted', async () => {
    const client = (permissions: string[]) => ({ testIamPermissions: async () => [{ permissions }] as const });
    const wanted = { resource: 'projects/p/topics/t', permission: 'pubsub.topics.publish', role: 'roles/pubsub.publisher' };
    expect(await testGrant(client(['pubsub.topics.publish']), wanted)).toMatchObject({ level: 'ok' });
    expect(await testGrant(client([]), wanted)).toMatchObject({
      level: 'fail',
      todo: expect.stringContaining('Grant roles/pubsub.publisher on projects/p/topics/t'),
    });
    const broken = { testIamPermissions: () => Promise.reject(new Error('denied')) };
    expect(await testGrant(broken, wanted)).toMatchObject({ level: 'warn', message: expect.stringContaining('denied') });
  });

  it('of Spanner too', async () => {
    const closed: string[] = [];
    const admin = (all: boolean) => ({
      testIamPermissions: async (request: unknown) =>
        [{ permissions: (request as { permissions: string[] }).permissions.slice(all ? 0 : 1) }] as [{ permissions: string[] }],
      close: async () => void closed.push('closed'),
    });
    expect(await testGrants(admin(true), 'db')).toMatchObject({ level: 'ok' });
    expect(await testGrants(admin(false), 'db')).toMatchObject({ level: 'fail', message: 'the account lacks spanner.databases.read' });
    expect(closed).toHaveLength(2);
  });

  it('of dead letters are those of the Pub/Sub agent, too', () => {
    const settings = resolvePubSubOptions({ project: 'my-project', topic: 'orders', emulatorHost: 'x:1' });
    const grants = pubsubGrants(settings, ['view', { consumer: 'work', ordered: false, deadLetter: { maxAttempts: 5 } }]);
    expect(grants.map(({ member, role, resource }) => `${member} ${role} ${resource.replace('projects/my-project/', '')}`)).toEqual([
      'app roles/pubsub.publisher topics/orders',
      'app roles/pubsub.subscriber subscriptions/orders.view',
      'app roles/pubsub.viewer subscriptions/orders.view',
      'app roles/pubsub.subscriber subscriptions/orders.work',
      'app roles/pubsub.viewer subscriptions/orders.work',
      'app roles/pubsub.subscriber subscriptions/orders.work.dead-letters',
      'pubsub-agent roles/pubsub.publisher topics/orders.work.dead-letters',
      'pubsub-agent roles/pubsub.subscriber subscriptions/orders.work',
      'migrations roles/pubsub.editor projects/my-project',
    ]);
  });
});
