import { Option, type Command } from 'commander';
import {
  createProcesses,
  EventspanError,
  type Processes,
  type ProcessDetails,
  type ProcessRequestOptions,
  type ProcessStatus,
  type ProcessSummary,
  type ProcessTicket,
} from '../../index.js';
import { columns } from '../columns.js';
import { seconds } from '../option-values.js';
import { STORE_ADDRESS } from '../store-address.js';
import { withStoreAt } from '../with-store.js';

interface StoreFlags {
  readonly store: string;
  readonly json?: boolean;
}

interface ListFlags extends StoreFlags {
  readonly process?: string;
  readonly status?: ProcessStatus;
}

interface RequestFlags extends StoreFlags {
  readonly because?: string;
  readonly actor?: string;
  readonly wait: boolean;
  readonly timeout: number;
}

type Request = 'resume' | 'skip' | 'compensate';

const STATUSES: readonly ProcessStatus[] = ['running', 'completed', 'compensating', 'compensated', 'parked'];
const DEFAULT_TIMEOUT_S = 60;
const LONGEST_REASON = 80;

/** `eventspan processes` */
export function addProcesses(program: Command): void {
  const processes = program.command('processes').description('processes of process managers, and how parked ones go on');
  onStore(processes.command('list').description('list them'))
    .option('--process <name>', 'of one process manager')
    .addOption(new Option('--status <status>', 'in one status').choices([...STATUSES]))
    .action(list);
  onStore(processes.command('show <process> <id>').description('show one with its state and what it has done')).action(show);
  requesting(processes, 'resume', 'send what was refused once more').option('--because <words>', 'why; kept in the log');
  requesting(processes, 'skip', 'go on without what was refused').requiredOption('--because <words>', 'why; kept in the log');
  requesting(processes, 'compensate', 'undo what took effect').requiredOption('--because <words>', 'why; kept in the log');
}

function onStore(command: Command): Command {
  return command.requiredOption('--store <store>', STORE_ADDRESS).option('--json', 'print one JSON line');
}

function requesting(processes: Command, kind: Request, description: string): Command {
  return onStore(processes.command(`${kind} <process> <id>`).description(description))
    .option('--actor <who>', 'who asks; kept in the log')
    .option('--no-wait', 'only ask; whoever runs the process manager carries it out')
    .option('--timeout <seconds>', 'how long to wait', seconds, DEFAULT_TIMEOUT_S)
    .action((process: string, id: string, flags: RequestFlags) => request(kind, { process, id }, flags));
}

async function list({ store, json, ...selection }: ListFlags): Promise<void> {
  await withProcesses(store, async (processes) => {
    const found: ProcessSummary[] = [];
    for await (const each of processes.list(selection)) found.push(each);
    if (json === true) return console.log(JSON.stringify({ processes: found }));
    const rows = found.map(({ process, processId, status, version, changedAt, reason = '' }) => {
      const shown = reason.replaceAll(/\s+/g, ' ').slice(0, LONGEST_REASON);
      return [process, processId, status, String(version), changedAt.toISOString(), shown];
    });
    const head = ['PROCESS', 'ID', 'STATUS', 'TRANSITIONS', 'CHANGED', 'REASON'];
    console.log(rows.length === 0 ? 'There are no such processes.' : columns([head, ...rows]));
  });
}

async function show(process: string, processId: string, { store, json }: StoreFlags): Promise<void> {
  await withProcesses(store, async (processes) => {
    const details = await processes.show(process, processId);
    if (details === undefined) throw new EventspanError('PROCESS_UNKNOWN', { process, processId });
    console.log(json === true ? JSON.stringify(details) : detailsText(details));
  });
}

async function request(
  kind: Request,
  { process, id }: { readonly process: string; readonly id: string },
  { store, json, because, actor, wait, timeout }: RequestFlags,
): Promise<void> {
  await withProcesses(store, async (processes) => {
    const options = { ...(because !== undefined && { reason: because }), ...(actor !== undefined && { actor }) };
    const ticket = await ask(processes, kind, { process, id, options });
    if (!wait) return console.log(json === true ? JSON.stringify(ticket) : `Asked for: ${kind} of ${process} ${id}.`);
    const outcome = await processes.waitUntilSettled(ticket, { timeoutMs: timeout * 1000 });
    console.log(json === true ? JSON.stringify({ ...ticket, outcome }) : `${kind} of ${process} ${id}: ${outcome}`);
    if (outcome !== 'done') globalThis.process.exitCode = 1;
  });
}

function ask(
  processes: Processes,
  kind: Request,
  { process, id, options }: { readonly process: string; readonly id: string; readonly options: ProcessRequestOptions },
): Promise<ProcessTicket> {
  return processes[kind](process, id, options);
}

async function withProcesses(address: string, work: (processes: Processes) => Promise<void>): Promise<void> {
  await withStoreAt(address, (store) => work(createProcesses({ store })));
}

function detailsText({ process, processId, status, reason, startedAt, record, transitions }: ProcessDetails): string {
  const facts = [
    ['process', `${process} ${processId}`],
    ['status', status],
    ...(reason === undefined ? [] : [['reason', reason]]),
    ['since', startedAt.toISOString()],
    ['state', JSON.stringify(record.state)],
    ...record.commands.map(({ command, commandId }) => ['waits for', `${command.name} ${commandId}`]),
    ...record.timers.map(({ name, dueAt }) => ['timer', `${name}, due ${dueAt}`]),
    ...record.stack.map(({ step, command, state, attempts }) => [
      'undo',
      `step ${step}: ${command.name}, ${state}, sent ${attempts} times`,
    ]),
    ...record.waiting.map(({ streamId, version }) => ['behind it', `version ${version} of ${streamId}`]),
  ];
  const steps = transitions.map(({ version, at, message, request: asked, isDeferred, to, sent, scheduled, cancelled }) => {
    const did = [
      ...(asked === undefined ? [] : [`${asked.kind}${asked.reason === undefined ? '' : `: ${asked.reason}`}`]),
      ...(isDeferred === true ? ['waits'] : []),
      ...sent.map(({ name, compensates }) => (compensates === undefined ? `sent ${name}` : `undid step ${compensates} with ${name}`)),
      ...scheduled.map((name) => `scheduled ${name}`),
      ...cancelled.map((name) => `cancelled ${name}`),
    ];
    return [String(version), at.toISOString(), message.type, to, did.join(', ')];
  });
  return [columns(facts), '', columns([['', 'AT', 'MESSAGE', 'STATUS', 'DID'], ...steps])].join('\n');
}
