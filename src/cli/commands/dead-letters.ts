import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { InvalidArgumentError, Option, type Command } from 'commander';
import {
  createDeadLetters,
  EventspanError,
  type DeadLetter,
  type DeadLetterDetails,
  type DeadLetters,
  type DeadLettersAsked,
  type DeadLetterSelection,
  type DeadLettersOutcome,
  type DeadReason,
} from '../../index.js';
import { columns } from '../columns.js';
import { STORE_ADDRESS } from '../store-address.js';
import { withStoreAt } from '../with-store.js';

interface StoreFlags {
  readonly store: string;
  readonly json?: boolean;
}

interface SelectionFlags extends StoreFlags, Omit<DeadLetterSelection, 'messageId'> {
  readonly message?: string;
}

interface WaitFlags extends StoreFlags {
  readonly wait: boolean;
  readonly timeout: number;
}

interface AccountFlags {
  readonly because: string;
  readonly by: string;
}

type EditFlags = WaitFlags & AccountFlags & { readonly data?: string; readonly dataFile?: string; readonly attribute?: readonly string[] };

const REASONS: readonly DeadReason[] = ['failed', 'timed-out', 'unreadable', 'behind'];
const DEFAULT_TIMEOUT_S = 60;
const LONGEST_MESSAGE = 80;

/** `eventspan dead-letters` */
export function addDeadLetters(program: Command): void {
  const letters = program.command('dead-letters').description('messages of topics that could not be handled');
  selecting(letters.command('list').description('list them')).action(list);
  onStore(
    letters.command('show <consumer> <message>').description('show one with what it holds, its stack and what was done to it'),
  ).action(show);
  waiting(selecting(letters.command('redrive').description('have them handled again, of a key all in order')))
    .option('--all', 'all of them')
    .action(redrive);
  accounting(waiting(onStore(letters.command('edit <consumer> <message>').description('change what one holds, and have it handled'))))
    .option('--data <text>', 'its new body')
    .option('--data-file <file>', 'a file with its new body')
    .option('--attribute <name=value...>', 'an attribute to set; others stay')
    .action(edit);
  accounting(selecting(letters.command('discard').description('give them up for good, and have those behind them handled')))
    .option('--all', 'all of them')
    .action(discard);
}

function onStore(command: Command): Command {
  return command.requiredOption('--store <store>', STORE_ADDRESS).option('--json', 'print one JSON line');
}

function selecting(command: Command): Command {
  return onStore(command)
    .option('--consumer <name>', 'of one consumer')
    .option('--message <id>', 'one message')
    .option('--key <key>', 'of one subject')
    .addOption(new Option('--reason <reason>', 'why they are dead').choices([...REASONS]))
    .option('--code <code>', 'the code of the error')
    .option('--type <type>', 'the type of the message');
}

function waiting(command: Command): Command {
  return command
    .option('--no-wait', 'only ask; whoever runs the consumer carries it out')
    .option('--timeout <seconds>', 'how long to wait', seconds, DEFAULT_TIMEOUT_S);
}

function accounting(command: Command): Command {
  return command
    .requiredOption('--because <words>', 'why; kept for good')
    .option('--by <name>', 'who does it; kept for good', userInfo().username);
}

async function list(flags: SelectionFlags): Promise<void> {
  await withLetters(flags, async (letters) => {
    if (flags.json === true) return listJson(letters, selectionOf(flags));
    const rows = [['CONSUMER', 'MESSAGE', 'KEY', 'TYPE', 'REASON', 'TRIES', 'SINCE', 'ASKED FOR', 'ERROR']];
    for await (const each of letters.list(selectionOf(flags))) rows.push(rowOf(each));
    console.log(rows.length === 1 ? 'There are no dead letters.' : columns(rows));
  });
}

/** One line, written as it comes: there may be many. */
async function listJson(letters: DeadLetters, selection: DeadLetterSelection): Promise<void> {
  let separator = '{"deadLetters":[';
  for await (const each of letters.list(selection)) {
    process.stdout.write(separator + JSON.stringify(each));
    separator = ',';
  }
  console.log(separator === ',' ? ']}' : '{"deadLetters":[]}');
}

async function show(consumer: string, messageId: string, flags: StoreFlags): Promise<void> {
  await withLetters(flags, async (letters) => {
    const details = await detailsOf(letters, consumer, messageId);
    console.log(flags.json === true ? JSON.stringify(details) : detailsText(details));
  });
}

async function redrive(flags: SelectionFlags & WaitFlags): Promise<void> {
  await withLetters(flags, async (letters) => settle(letters, await letters.redrive(selectionOf(flags)), flags));
}

async function edit(consumer: string, messageId: string, flags: EditFlags): Promise<void> {
  await withLetters(flags, async (letters) => {
    const data = flags.dataFile === undefined ? flags.data : await readFile(flags.dataFile, 'utf8');
    const set = (flags.attribute ?? []).map(attributeOf);
    const { contents } = await detailsOf(letters, consumer, messageId);
    const before = JSON.parse(contents.attributes) as Record<string, string>;
    const asked = await letters.editAndRedrive(consumer, messageId, {
      by: flags.by,
      reason: flags.because,
      ...(data !== undefined && { data }),
      ...(set.length > 0 && { attributes: { ...before, ...Object.fromEntries(set) } }),
    });
    await settle(letters, asked, flags);
  });
}

async function discard(flags: SelectionFlags & AccountFlags): Promise<void> {
  await withLetters(flags, async (letters) => {
    const discarded = await letters.discard(selectionOf(flags), { by: flags.by, reason: flags.because });
    console.log(flags.json === true ? JSON.stringify({ discarded }) : `Discarded ${discarded} messages.`);
  });
}

/** Waits until it is carried out. What failed again makes the command fail. */
async function settle(letters: DeadLetters, { requested, ticket }: DeadLettersAsked, { wait, timeout, json }: WaitFlags): Promise<void> {
  if (!wait || requested === 0) {
    console.log(json === true ? JSON.stringify({ requested }) : `Asked for ${requested} messages.`);
    return;
  }
  const outcome = await letters.waitUntilSettled(ticket, { timeoutMs: timeout * 1000 });
  console.log(json === true ? JSON.stringify({ requested, ...outcome }) : outcomeText(outcome));
  if (outcome.failedAgain > 0) process.exitCode = 1;
}

function outcomeText({ pending, settled, failedAgain }: DeadLettersOutcome): string {
  return `${settled} are dealt with, ${failedAgain} failed again or wait behind one that did, ${pending} to do`;
}

async function withLetters({ store: address }: StoreFlags, work: (letters: DeadLetters) => Promise<void>): Promise<void> {
  await withStoreAt(address, (store) => work(createDeadLetters({ store })));
}

async function detailsOf(letters: DeadLetters, consumer: string, messageId: string): Promise<DeadLetterDetails> {
  const details = await letters.show(consumer, messageId);
  if (details === undefined) throw new EventspanError('DEAD_LETTER_UNKNOWN', { consumer, messageId });
  return details;
}

function selectionOf({ consumer, message: messageId, key, reason, code, type, all }: SelectionFlags): DeadLetterSelection {
  return {
    ...(consumer !== undefined && { consumer }),
    ...(messageId !== undefined && { messageId }),
    ...(key !== undefined && { key }),
    ...(reason !== undefined && { reason }),
    ...(code !== undefined && { code }),
    ...(type !== undefined && { type }),
    ...(all && { all }),
  };
}

function rowOf({ consumer, messageId, key = '', type = '', reason, attempts, failedAt, isRequested, message }: DeadLetter): string[] {
  const shown = message.replaceAll(/\s+/g, ' ').slice(0, LONGEST_MESSAGE);
  return [consumer, messageId, key, type, reason, String(attempts), failedAt.toISOString(), isRequested ? 'redrive' : '', shown];
}

function detailsText({ contents, changes, stack, message, ...letter }: DeadLetterDetails): string {
  const facts = [
    ['consumer', letter.consumer],
    ['message', letter.messageId],
    ['key', letter.key ?? ''],
    ['type', letter.type ?? ''],
    ['reason', letter.code === undefined ? letter.reason : `${letter.reason}, ${letter.code}`],
    ['tries', String(letter.attempts)],
    ['arrived', letter.arrivedAt.toISOString()],
    ['failed', letter.failedAt.toISOString()],
    ['attributes', contents.attributes],
    [`data (${contents.encoding})`, contents.data],
    ...changes.map(({ kind, by, reason, at }) => [kind, `${at.toISOString()}, ${by}: ${reason}`]),
  ];
  return [columns(facts), '', stack ?? message].join('\n');
}

function attributeOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new EventspanError('OPTION_INVALID', { path: '--attribute', value: text, bound: 'name=value' });
  return [text.slice(0, at), text.slice(at + 1)];
}

function seconds(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of seconds, at most 86,400.');
  return Number(text);
}
