import { inspect } from 'node:util';
import type { Command } from 'commander';
import {
  createRegistry,
  diffAggregate,
  EventspanError,
  renderDiff,
  type AggregateDiff,
  type EventStore,
  type Moment,
} from '../../index.js';
import { APP_MODULE, loadApp } from '../app-module.js';
import { STORE_ADDRESS } from '../store-address.js';
import { withStore, withStoreAt } from '../with-store.js';

interface DiffArguments {
  readonly app?: string;
  readonly store?: string;
  readonly from: string;
  readonly to?: string;
  readonly json?: boolean;
}

/** `eventspan diff` */
export function addDiff(program: Command): void {
  program
    .command('diff')
    .description('show what became of an aggregate between two versions or times')
    .argument('<aggregate>', 'name of the aggregate: loan')
    .argument('<id>', 'its id: 173688')
    .requiredOption('--from <moment>', 'a version (0 is before the first event), or a time (RFC 3339, UTC)')
    .option('--to <moment>', 'a version or a time (default: now)')
    .option('--app <module>', APP_MODULE)
    .option('--store <store>', `${STORE_ADDRESS} (default: the store of the app)`)
    .option('--json', 'print one JSON line')
    .action(diff);
}

async function diff(aggregate: string, id: string, options: DiffArguments): Promise<void> {
  const app = await loadApp(options.app);
  const { domain, events } = createRegistry(app);
  const model = domain.aggregates.get(aggregate);
  if (model === undefined) {
    const bound = `one of the app's aggregates: ${[...domain.aggregates.keys()].join(', ')}`;
    throw new EventspanError('OPTION_INVALID', { path: 'aggregate', value: aggregate, bound });
  }
  const moments = { from: momentOf(options.from), ...(options.to !== undefined && { to: momentOf(options.to) }) };
  const work = (store: EventStore): Promise<AggregateDiff<unknown>> => diffAggregate(model, id, { store, events, ...moments });
  const found = await (options.store === undefined ? withStore(app.store, work) : withStoreAt(options.store, work));
  console.log(options.json === true ? JSON.stringify(jsonOf(found)) : renderDiff(found));
}

function momentOf(text: string): Moment {
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

/** States may hold what JSON cannot; each value that cannot go as JSON goes as text. */
function jsonOf({ streamId, from, to, events, changes }: AggregateDiff<unknown>): object {
  const values = changes.map(({ path, kind, before, after }) => ({
    path,
    kind,
    ...(kind !== 'added' && { before: jsonOrText(before) }),
    ...(kind !== 'removed' && { after: jsonOrText(after) }),
  }));
  return { streamId, from: from.version, to: to.version, events, changes: values };
}

function jsonOrText(value: unknown): unknown {
  try {
    const text = JSON.stringify(value);
    return text === undefined ? inspect(value) : (JSON.parse(text) as unknown);
  } catch {
    return inspect(value);
  }
}
