import { InvalidArgumentError, type Command } from 'commander';
import { StoredTimers, type ScheduledTimer } from '../../index.js';
import { columns } from '../columns.js';
import { STORE_ADDRESS } from '../store-address.js';
import { withStoreAt } from '../with-store.js';

interface StoreFlags {
  readonly store: string;
  readonly json?: boolean;
}

interface ListFlags extends StoreFlags {
  readonly dueBefore?: Date;
  readonly limit: number;
}

const DEFAULT_LIMIT = 100;

/** `eventspan timers` */
export function addTimers(program: Command): void {
  const timers = program.command('timers').description('messages that wait for their time');
  onStore(timers.command('list').description('list them by their time'))
    .option('--due-before <time>', 'only those due at or before (RFC 3339)', time)
    .option('--limit <n>', 'at most so many', count, DEFAULT_LIMIT)
    .action(list);
  onStore(timers.command('cancel <id>').description('take one back')).action(cancel);
}

function onStore(command: Command): Command {
  return command.requiredOption('--store <store>', STORE_ADDRESS).option('--json', 'print one JSON line');
}

async function list({ store: address, json, dueBefore, limit }: ListFlags): Promise<void> {
  await withStoreAt(address, async (store) => {
    const found: ScheduledTimer[] = [];
    for await (const timer of new StoredTimers(store).list(dueBefore && { dueBefore })) {
      if (found.push(timer) >= limit) break;
    }
    if (json === true) return console.log(JSON.stringify({ timers: found }));
    const head = ['ID', 'DUE', 'MESSAGE', 'CRON', 'PROCESS', 'SCHEDULED'];
    console.log(found.length === 0 ? 'No timer waits.' : columns([head, ...found.map(rowOf)]));
  });
}

async function cancel(id: string, { store: address, json }: StoreFlags): Promise<void> {
  await withStoreAt(address, async (store) => {
    const cancelled = await new StoredTimers(store).cancel(id);
    console.log(json === true ? JSON.stringify({ cancelled }) : cancelled ? `${id} is taken back.` : `There is no timer ${id}.`);
    if (!cancelled) process.exitCode = 1;
  });
}

function rowOf({ id, dueAt, type, cron, timeZone, process: sender, createdAt }: ScheduledTimer): string[] {
  const recurrence = cron === undefined ? '' : `${cron} (${String(timeZone)})`;
  return [id, dueAt.toISOString(), type, recurrence, sender === undefined ? '' : `${sender.name} ${sender.id}`, createdAt.toISOString()];
}

function time(text: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new InvalidArgumentError('It must be a time such as 2026-01-31T12:00:00Z.');
  return at;
}

function count(text: string): number {
  const value = Number(text);
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 999,999.');
  return value;
}
