import type { Command } from 'commander';
import { closedStreamsOf, closeStream, deleteStream, EventspanError, streamsOf } from '../../index.js';
import { wholeNumber } from '../option-values.js';
import { STORE_ADDRESS } from '../store-address.js';
import { withStoreAt } from '../with-store.js';

interface ListArguments {
  readonly store: string;
  readonly prefix?: string;
  readonly closed?: boolean;
  readonly limit: number;
  readonly json?: boolean;
}

interface EndArguments {
  readonly store: string;
  readonly reason: string;
  readonly expectedVersion?: number;
  readonly successor?: string;
  readonly actor?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const DEFAULT_LIMIT = 1_000;

/** `eventspan streams` */
export function addStreams(program: Command): void {
  const streams = program.command('streams').description('list, close and delete streams of a store');
  streams
    .command('list')
    .description('list streams in the order of their ids')
    .requiredOption('--store <store>', STORE_ADDRESS)
    .option('--prefix <text>', 'only streams whose ids begin so')
    .option('--closed', 'only closed ones, with kind, reason and successor')
    .option('--limit <n>', `at most so many (default ${DEFAULT_LIMIT})`, wholeNumber, DEFAULT_LIMIT)
    .option('--json', 'print one JSON line')
    .action(list);
  ending(streams.command('close <stream>').description('archive a stream: nothing is appended any more, its events stay')).action(close);
  ending(streams.command('delete <stream>').description('close a stream and remove its events; they cannot be had back'))
    .option('--yes', 'do it')
    .action(remove);
}

function ending(command: Command): Command {
  return command
    .requiredOption('--store <store>', STORE_ADDRESS)
    .requiredOption('--reason <text>', 'why; kept in the closing event')
    .option('--expected-version <n>', 'only at this version', wholeNumber)
    .option('--successor <stream>', 'the stream that goes on in its place')
    .option('--actor <name>', 'who does it; kept in the closing event')
    .option('--json', 'print one JSON line');
}

async function list({ store: address, prefix, closed, limit, json }: ListArguments): Promise<void> {
  const options = prefix === undefined ? {} : { prefix };
  const found = await withStoreAt(address, (store) =>
    firstOf<object>(closed === true ? closedStreamsOf(store, options) : streamsOf(store, options), limit),
  );
  if (json === true) console.log(JSON.stringify({ store: address, ...found }));
  else {
    for (const stream of found.streams) console.log(lineOf(stream));
    if (found.isCut) console.error(`There are more; raise --limit (${limit}).`);
  }
}

async function firstOf<T>(source: AsyncIterable<T>, limit: number): Promise<{ readonly streams: readonly T[]; readonly isCut: boolean }> {
  const streams: T[] = [];
  for await (const stream of source) {
    if (streams.length === limit) return { streams, isCut: true };
    streams.push(stream);
  }
  return { streams, isCut: false };
}

interface Listed {
  readonly streamId?: string;
  readonly version?: number;
  readonly isClosed?: boolean;
  readonly kind?: string;
  readonly reason?: string;
  readonly successor?: string;
  readonly closedAt?: string;
}

function lineOf({ streamId, version, isClosed, kind, reason, successor, closedAt }: Listed): string {
  const state = kind === undefined ? (isClosed === true ? '  closed' : '') : `  ${kind} ${closedAt}: ${reason}`;
  return `${streamId}  version ${version}${state}${successor === undefined ? '' : ` (goes on in ${successor})`}`;
}

async function close(streamId: string, options: EndArguments): Promise<void> {
  const result = await withStoreAt(options.store, (store) => closeStream(store, streamId, endOf(options)));
  if (options.json === true) console.log(JSON.stringify({ store: options.store, ...result }));
  else if (result.repeated) console.log(`${streamId} was closed before, at version ${result.version} (${result.kind}: ${result.reason}).`);
  else console.log(`${streamId} is closed at version ${result.version}.`);
}

async function remove(streamId: string, options: EndArguments): Promise<void> {
  if (options.yes !== true) {
    throw new EventspanError('OPTION_INVALID', { path: '--yes', value: 'missing', bound: `given, to remove the events of ${streamId}` });
  }
  const result = await withStoreAt(options.store, (store) => deleteStream(store, streamId, endOf(options)));
  if (options.json === true) console.log(JSON.stringify({ store: options.store, ...result }));
  else console.log(`${streamId} is closed at version ${result.version}; ${result.removed} events were removed.`);
}

function endOf({ reason, expectedVersion, successor, actor }: EndArguments) {
  return {
    reason,
    ...(expectedVersion !== undefined && { expectedVersion }),
    ...(successor !== undefined && { successor }),
    ...(actor !== undefined && { metadata: { actor } }),
  };
}
