import { InvalidArgumentError, Option, type Command } from 'commander';
import { EventspanError, StoredTasks, systemEnvironment, type TaskEntry, type TaskIntervention } from '../../index.js';
import { columns } from '../columns.js';
import { STORE_ADDRESS } from '../store-address.js';
import { withStoreAt } from '../with-store.js';

interface StoreFlags {
  readonly store: string;
  readonly json?: boolean;
}

interface ListFlags extends StoreFlags {
  readonly state?: TaskEntry['state'];
  readonly limit: number;
}

interface ActFlags extends StoreFlags {
  readonly because: string;
  readonly by: string;
  readonly data?: { readonly value: unknown };
}

const DEFAULT_LIMIT = 100;
const LONGEST_MESSAGE = 80;

/** `eventspan tasks` */
export function addTasks(program: Command): void {
  const tasks = program.command('tasks').description('tasks of work queues that are not done');
  onStore(tasks.command('depth <queue>').description('how many wait, how many are dead')).action(depth);
  onStore(tasks.command('list <queue>').description('list them'))
    .addOption(new Option('--state <state>', 'only those').choices(['waiting', 'dead']))
    .option('--limit <n>', 'at most so many', count, DEFAULT_LIMIT)
    .action(list);
  onStore(tasks.command('show <queue> <id>').description('show one with its reason, its stack and what was done to it')).action(show);
  acting(tasks.command('retry <queue> <id>').description('have a dead one tried again, as it is or with other data'))
    .option('--data <json>', 'the task as it should have been', json)
    .action(retry);
  acting(tasks.command('discard <queue> <id>').description('give one up; prints what it was')).action(discard);
}

function onStore(command: Command): Command {
  return command.requiredOption('--store <store>', STORE_ADDRESS).option('--json', 'print one JSON line');
}

function acting(command: Command): Command {
  return onStore(command)
    .requiredOption('--because <words>', 'why; kept with the task')
    .requiredOption('--by <who>', 'who; kept with the task');
}

async function depth(queue: string, flags: StoreFlags): Promise<void> {
  await withTasks(flags, async (tasks) => {
    const { waiting, retrying, dead, oldest } = await tasks.depth(queue);
    const since = oldest === undefined ? '' : `, the oldest since ${oldest.toISOString()}`;
    const text = `${waiting} wait (${retrying} of them failed before${since}), ${dead} are dead.`;
    console.log(flags.json === true ? JSON.stringify({ queue, waiting, retrying, dead, oldest }) : text);
  });
}

async function list(queue: string, { state, limit, ...flags }: ListFlags): Promise<void> {
  await withTasks(flags, async (tasks) => {
    const found: TaskEntry[] = [];
    for await (const task of tasks.list({ queue, ...(state && { state }) })) if (found.push(task) >= limit) break;
    if (flags.json === true)
      return console.log(JSON.stringify({ tasks: found.map(({ failure, ...rest }) => ({ ...rest, failure: failure?.message })) }));
    const head = ['TASK', 'STATE', 'TYPE', 'PRIORITY', 'TRIES', 'ENQUEUED', 'MESSAGE'];
    console.log(found.length === 0 ? 'No task waits.' : columns([head, ...found.map(rowOf)]));
  });
}

async function show(queue: string, taskId: string, flags: StoreFlags): Promise<void> {
  await withTasks(flags, async (tasks) => {
    const task = await tasks.show({ queue, taskId });
    if (task === undefined) throw new EventspanError('TASK_NOT_FOUND', { queue, taskId });
    console.log(flags.json === true ? JSON.stringify(task) : detailsText(task));
  });
}

async function retry(queue: string, taskId: string, { because, by, data, ...flags }: ActFlags): Promise<void> {
  await withTasks(flags, async (tasks) => {
    const why: TaskIntervention = { by, reason: because };
    await tasks.retry({ queue, taskId }, { ...why, ...(data !== undefined && { data: data.value }) });
    console.log(flags.json === true ? JSON.stringify({ retried: taskId }) : `${taskId} is given to workers again.`);
  });
}

async function discard(queue: string, taskId: string, { because, by, ...flags }: ActFlags): Promise<void> {
  await withTasks(flags, async (tasks) => {
    const { task } = await tasks.discard({ queue, taskId }, { by, reason: because });
    console.log(flags.json === true ? JSON.stringify({ discarded: task, by, reason: because }) : `Given up:\n${detailsText(task)}`);
  });
}

async function withTasks({ store: address }: StoreFlags, work: (tasks: StoredTasks) => Promise<void>): Promise<void> {
  await withStoreAt(address, (store) => work(new StoredTasks({ store, clock: systemEnvironment().clock })));
}

function rowOf({ taskId, state, type, priority, attempts, enqueuedAt, failure }: TaskEntry): string[] {
  const message = (failure?.message ?? '').replaceAll(/\s+/g, ' ').slice(0, LONGEST_MESSAGE);
  return [taskId, state, type, String(priority), String(attempts), enqueuedAt.toISOString(), message];
}

function detailsText({
  taskId,
  queue,
  state,
  type,
  schemaVersion,
  priority,
  attempts,
  enqueuedAt,
  data,
  failure,
  audit,
}: TaskEntry): string {
  const facts = [
    ['task', `${taskId} of ${queue}`],
    ['type', `${type}, version ${schemaVersion}`],
    ['state', state],
    ['priority', String(priority)],
    ['tries', String(attempts)],
    ['enqueued', enqueuedAt.toISOString()],
    ...(failure === undefined ? [] : [['failed', `${failure.at.toISOString()}${failure.code === undefined ? '' : `, ${failure.code}`}`]]),
    ...audit.map(({ action, by, reason, at }) => [action, `${at}, ${by}: ${reason}`]),
    ['data', data],
  ];
  return [columns(facts), ...(failure === undefined ? [] : ['', failure.stack ?? failure.message])].join('\n');
}

function json(text: string): { readonly value: unknown } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    throw new InvalidArgumentError('It must be JSON.');
  }
}

function count(text: string): number {
  const value = Number(text);
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 999,999.');
  return value;
}
