import { isEventspanError } from '../../errors/eventspan-error.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { AdapterEnvironment } from '../../event-store/store-provider.js';
import { PROJECTIONS } from '../../event-store/system-tables.js';
import type { TraceConsumer } from '../../history/trace/trace-deliveries.js';
import { generationConsumer } from '../../projections/generation.js';
import type { Finding } from '../../support/finding.js';
import { messageOf } from '../../support/message-of.js';
import { systemEnvironment } from '../environment.js';
import { compositionOf, type EventspanOptions } from '../options.js';
import { createRegistry, type Registry } from '../registry.js';
import { logConsumers } from '../trace-consumers.js';
import { transportPlans } from '../transport-plans.js';
import { readConsumer } from './consumer-facts.js';
import { judgeClock } from './judge-clock.js';
import { judgeConsumer } from './judge-consumer.js';
import { installedVersion, judgeVersions, ownManifest } from './versions.js';
import { lookAtRows } from './waiting-rows.js';

const CALLS = { caller: 'doctor', deadlineMs: 5_000 };
const RELAY = 'relay';
/** Which package an adapter needs. */
const PACKAGES: Readonly<Record<string, string>> = { spanner: '@google-cloud/spanner', pubsub: '@google-cloud/pubsub', sqlite: 'libsql' };

/**
 * Looks at an application from outside and changes nothing: what is listed, versions of Node and packages, the store (reachable, schema, shards,
 * grants), clocks, the consumers of the log (stuck shards, leases of dead processes), what waits for an operator, and the transports with their
 * topics, subscriptions and grants. What is wrong is a finding with what to do; nothing is thrown.
 *
 * Nothing of the application runs: no command, no handler. Reads a consumer's cursors and, for each shard, one event behind them.
 */
export async function diagnose(
  options: EventspanOptions,
  environment: AdapterEnvironment = environmentOf(options),
): Promise<readonly Finding[]> {
  const findings: Finding[] = [
    ...judgeVersions(ownManifest(), { node: process.version, used: usedPackages(options), installed: installedVersion }),
  ];
  const registry = configurationOf(options, findings);
  const store = await openStore(options, environment, findings);
  try {
    if (store !== undefined)
      await attempt('store.reachable', findings, () => lookAtStore({ store, environment, options, registry }, findings));
  } finally {
    await store?.close().catch(() => undefined);
  }
  if (registry !== undefined) await lookAtTransports(options, { registry, environment }, findings);
  return findings;
}

function environmentOf({ clock, random, logger }: EventspanOptions): AdapterEnvironment {
  return systemEnvironment({ ...(clock && { clock }), ...(random && { random }), ...(logger && { logger }) });
}

function usedPackages({ store, transport, topics = {} }: EventspanOptions): ReadonlySet<string> {
  const adapters = [store, transport, ...Object.values(topics)].map((provider) => PACKAGES[provider?.name ?? '']);
  return new Set(['class-transformer', ...adapters.filter((name) => name !== undefined)]);
}

/** The registry, where what is listed holds together. */
function configurationOf(options: EventspanOptions, findings: Finding[]): Registry | undefined {
  try {
    compositionOf(options);
    const registry = createRegistry(options);
    transportPlans(options, registry);
    findings.push({ check: 'configuration', level: 'ok', message: 'what is listed holds together' });
    return registry;
  } catch (error) {
    findings.push({
      check: 'configuration',
      level: 'fail',
      message: messageOf(error),
      todo: 'The application does not open like this; see the message.',
    });
    return undefined;
  }
}

async function openStore(options: EventspanOptions, environment: AdapterEnvironment, findings: Finding[]): Promise<EventStore | undefined> {
  const { store: provider } = options;
  if (provider.diagnose !== undefined) findings.push(...(await provider.diagnose(environment)));
  try {
    return await (provider.openAsIs === undefined ? provider.open(environment) : provider.openAsIs(environment));
  } catch (error) {
    findings.push(storeFinding(error));
    return undefined;
  }
}

function storeFinding(error: unknown): Finding {
  const message = messageOf(error);
  if (isEventspanError(error, 'MIGRATIONS_PENDING')) {
    return { check: 'store.schema', level: 'fail', message, todo: 'Run npx eventspan migrate.' };
  }
  if (isEventspanError(error, 'SHARD_COUNT_DIFFERS')) {
    return {
      check: 'store.shards',
      level: 'fail',
      message,
      todo: `Configure ${String(error.details['stored'])} shards, which cannot be changed.`,
    };
  }
  const todo = 'Look whether the store can be reached from here, and which credentials are used.';
  return { check: 'store.reachable', level: 'fail', message, todo };
}

interface Look {
  readonly store: EventStore;
  readonly environment: AdapterEnvironment;
  readonly options: EventspanOptions;
  readonly registry: Registry | undefined;
}

async function lookAtStore(look: Look, findings: Finding[]): Promise<void> {
  const { store, environment } = look;
  const { clock } = environment;
  const askedAt = clock.now();
  const storeTime = Date.parse(await store.currentTime(CALLS));
  const tookMs = clock.now() - askedAt;
  findings.push({ check: 'store.reachable', level: 'ok', message: `${store.name} answered in ${tookMs} ms` });
  findings.push({ check: 'store.shards', level: 'ok', message: `${store.shardCount} shards, the schema is up to date` });
  findings.push(judgeClock(askedAt + tookMs / 2 - storeTime, tookMs / 2));
  await attempt('consumers', findings, () => lookAtConsumers(look, findings));
  await attempt('waiting', findings, async () => void findings.push(...(await lookAtRows(store, storeTime, CALLS))));
}

async function lookAtConsumers({ store, options, registry }: Look, findings: Finding[]): Promise<void> {
  if (registry === undefined) return;
  const given = logConsumers(options, registry);
  const relay: readonly TraceConsumer[] = options.transport === undefined ? [] : [{ name: RELAY }];
  const others = given.filter(({ name }) => !name.startsWith('projector:'));
  for (const consumer of [...relay, ...(await liveProjections(store, given)), ...others]) {
    const leaseMs = consumer.name === RELAY ? options.relay?.leaseMs : options.projections?.leaseMs;
    findings.push(judgeConsumer(consumer.name, await readConsumer(store, consumer, CALLS), leaseMs));
  }
}

/** Of the application's projectors the generations that readers read. */
async function liveProjections(store: EventStore, given: readonly TraceConsumer[]): Promise<readonly TraceConsumer[]> {
  const orders = new Map(given.map(({ name, order }) => [name, order]));
  const found: TraceConsumer[] = [];
  for await (const row of store.readModels.scan(PROJECTIONS, undefined, CALLS)) {
    const generation = { projector: String(row['projector']), version: Number(row['version']), run: Number(row['run']) };
    const first = generationConsumer({ ...generation, run: 0 });
    if (row['state'] !== 'live' || !orders.has(first)) continue;
    const order = orders.get(first);
    found.push({ name: generationConsumer(generation), ...(order !== undefined && { order }) });
  }
  return found;
}

async function lookAtTransports(
  options: EventspanOptions,
  { registry, environment }: { readonly registry: Registry; readonly environment: AdapterEnvironment },
  findings: Finding[],
): Promise<void> {
  for (const { label, provider, consumers } of transportPlans(options, registry)) {
    if (provider.diagnose === undefined) {
      findings.push({ check: label, level: 'ok', message: `${provider.name}: nothing to look at` });
      continue;
    }
    const found = await provider.diagnose(environment, consumers);
    findings.push(...found.map((finding) => ({ ...finding, check: `${label}.${finding.check}` })));
  }
}

/** What cannot be looked at is a finding, too. */
async function attempt(check: string, findings: Finding[], run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    findings.push({ check, level: 'fail', message: messageOf(error), todo: 'Look whether the store can be reached from here.' });
  }
}
