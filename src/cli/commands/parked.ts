import { Option, type Command } from 'commander';
import {
  createParkedStreams,
  EventspanError,
  type ParkedAsked,
  type ParkedOutcome,
  type ParkedReason,
  type ParkedSelection,
  type ParkedStream,
  type ParkedStreamDetails,
  type ParkedStreams,
} from '../../index.js';
import { columns } from '../columns.js';
import { seconds } from '../option-values.js';
import { STORE_ADDRESS } from '../store-address.js';
import { withStoreAt } from '../with-store.js';

interface StoreFlags {
  readonly store: string;
  readonly json?: boolean;
}

interface SelectionFlags extends StoreFlags {
  readonly consumer?: string;
  readonly stream?: string;
  readonly reason?: ParkedReason;
  readonly code?: string;
  readonly all?: boolean;
}

interface RequestFlags extends SelectionFlags {
  readonly wait: boolean;
  readonly timeout: number;
}

interface DiscardFlags extends RequestFlags {
  readonly because: string;
  readonly everything?: boolean;
}

const REASONS: readonly ParkedReason[] = ['failed', 'timed-out', 'killed'];
const DEFAULT_TIMEOUT_S = 60;
const LONGEST_MESSAGE = 80;

/** `eventspan parked` */
export function addParked(program: Command): void {
  const parked = program.command('parked').description('streams that wait because one of their events could not be handled');
  selecting(parked.command('list').description('list them')).action(list);
  onStore(
    parked.command('show <consumer> <stream>').description('show one with its reason, its stack and what was discarded of it'),
  ).action(show);
  requesting(parked.command('redrive').description('have their events handled again, from the log, in order')).action(redrive);
  requesting(parked.command('discard').description('give their parked events up, and have the rest handled'))
    .requiredOption('--because <words>', 'why; kept with the event')
    .option('--everything', 'every event that waits now, and not the parked one alone')
    .action(discard);
}

function onStore(command: Command): Command {
  return command.requiredOption('--store <store>', STORE_ADDRESS).option('--json', 'print one JSON line');
}

function selecting(command: Command): Command {
  return onStore(command)
    .option('--consumer <name>', 'projector:NAME:vVERSION, or a projector for all its generations; consumer.NAME; commands.APPLICATION')
    .option('--stream <id>', 'one stream')
    .addOption(new Option('--reason <reason>', 'why they are parked').choices([...REASONS]))
    .option('--code <code>', 'the code of the error');
}

function requesting(command: Command): Command {
  return selecting(command)
    .option('--all', 'all of them')
    .option('--no-wait', 'only ask; whoever maintains the projection carries it out')
    .option('--timeout <seconds>', 'how long to wait', seconds, DEFAULT_TIMEOUT_S);
}

async function list(flags: SelectionFlags): Promise<void> {
  await withParked(flags, async (parked) => {
    const rows = [['CONSUMER', 'STREAM', 'VERSION', 'TYPE', 'REASON', 'TRIES', 'SINCE', 'ASKED FOR', 'MESSAGE']];
    if (flags.json === true) return listJson(parked, selectionOf(flags));
    for await (const each of parked.list(selectionOf(flags))) rows.push(rowOf(each));
    console.log(rows.length === 1 ? 'Nothing is parked.' : columns(rows));
  });
}

/** One line, written as it comes: there may be many. */
async function listJson(parked: ParkedStreams, selection: ParkedSelection): Promise<void> {
  let separator = '{"parked":[';
  for await (const each of parked.list(selection)) {
    process.stdout.write(separator + JSON.stringify(withoutStack(each)));
    separator = ',';
  }
  console.log(separator === ',' ? ']}' : '{"parked":[]}');
}

async function show(consumer: string, streamId: string, flags: StoreFlags): Promise<void> {
  await withParked(flags, async (parked) => {
    const details = await parked.show(consumer, streamId);
    if (details === undefined) throw new EventspanError('STREAM_NOT_PARKED', { streamId, consumer });
    console.log(flags.json === true ? JSON.stringify(details) : detailsText(details));
  });
}

async function redrive(flags: RequestFlags): Promise<void> {
  await withParked(flags, async (parked) => settle(parked, await parked.redrive(selectionOf(flags)), flags));
}

async function discard(flags: DiscardFlags): Promise<void> {
  await withParked(flags, async (parked) => {
    const options = { reason: flags.because, ...(flags.everything && { everything: true }) };
    await settle(parked, await parked.discard(selectionOf(flags), options), flags);
  });
}

/** Waits until it is carried out, with progress on a terminal. What failed again makes the command fail. */
async function settle(parked: ParkedStreams, { requested, ticket }: ParkedAsked, { wait, timeout, json }: RequestFlags): Promise<void> {
  if (!wait || requested === 0) {
    console.log(json === true ? JSON.stringify({ requested }) : `Asked for ${requested} streams.`);
    return;
  }
  const isTerminal = process.stderr.isTTY && json !== true;
  const onProgress = (outcome: ParkedOutcome): void => void process.stderr.write(`\r${outcomeText(outcome)}   `);
  const outcome = await parked.waitUntilSettled(ticket, { timeoutMs: timeout * 1000, ...(isTerminal && { onProgress }) });
  if (isTerminal) process.stderr.write('\n');
  console.log(json === true ? JSON.stringify({ requested, ...outcome }) : outcomeText(outcome));
  if (outcome.failedAgain > 0) process.exitCode = 1;
}

function outcomeText({ pending, unparked, failedAgain }: ParkedOutcome): string {
  return `${unparked} go on, ${failedAgain} failed again, ${pending} to do`;
}

async function withParked({ store: address }: StoreFlags, work: (parked: ParkedStreams) => Promise<void>): Promise<void> {
  await withStoreAt(address, (store) => work(createParkedStreams({ store })));
}

function selectionOf({ consumer, stream: streamId, reason, code, all }: SelectionFlags): ParkedSelection {
  return {
    ...(consumer !== undefined && { consumer }),
    ...(streamId !== undefined && { streamId }),
    ...(reason !== undefined && { reason }),
    ...(code !== undefined && { code }),
    ...(all && { all }),
  };
}

function withoutStack(parked: ParkedStream): Partial<ParkedStream> {
  return Object.fromEntries(Object.entries(parked).filter(([name]) => name !== 'stack'));
}

function rowOf({ consumer, streamId, version, type, reason, attempts, parkedAt, request, message }: ParkedStream): string[] {
  const since = parkedAt.toISOString();
  const shown = message.replaceAll(/\s+/g, ' ').slice(0, LONGEST_MESSAGE);
  return [consumer, streamId, String(version), type, reason, String(attempts), since, request?.kind ?? '', shown];
}

function detailsText(details: ParkedStreamDetails): string {
  const { consumer, streamId, version, type, eventId, reason, code, attempts, parkedAt, failedAt, request, waiting, discarded } = details;
  const facts = [
    ['consumer', consumer],
    ['stream', streamId],
    ['event', `version ${version}, ${type}, ${eventId}`],
    ['reason', code === undefined ? reason : `${reason}, ${code}`],
    ['tries', String(attempts)],
    ['parked', parkedAt.toISOString()],
    ['failed', failedAt.toISOString()],
    ['waiting', `${waiting} events`],
    ...(request === undefined ? [] : [['asked for', `${request.kind}, ${request.at.toISOString()}`]]),
    ...discarded.map((each) => ['discarded', `version ${each.version}, ${each.type}, ${each.discardedAt.toISOString()}: ${each.reason}`]),
  ];
  return [columns(facts), '', details.stack ?? details.message].join('\n');
}
