import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import {
  appContractsOf,
  avroSchemaOf,
  EventspanError,
  formatContracts,
  isEventspanError,
  jsonSchemaOf,
  publishedEventsOf,
  systemEnvironment,
  verifyContracts,
  type Disagreement,
} from '../../index.js';
import { ensureTopicSchema } from '../../pubsub/index.js';
import { APP_MODULE, loadApp } from '../app-module.js';

const TOPIC = /^pubsub:(?:projects\/)?([^/]+)\/(?:topics\/)?([^/]+)$/;

/** `eventspan contracts export|verify|push` */
export function addContracts(program: Command): void {
  const contracts = program.command('contracts').description('what a service publishes, and what others read of it');
  contracts
    .command('export')
    .description('write name, version and JSON Schema of each event that the publications emit')
    .option('--app <module>', APP_MODULE)
    .option('--out <file>', 'the file (default: standard output)')
    .action(exportContracts);
  contracts
    .command('verify')
    .description('ends with 1 where a consumer cannot read what a producer publishes')
    .requiredOption('--producer <file>', 'what eventspan contracts export wrote')
    .requiredOption('--expects <file>', 'what a consumer reads: expectationsOf(...) as JSON')
    .option('--json', 'print one JSON line')
    .action(verify);
  contracts
    .command('push')
    .description('make the Avro schema of an event, or a further revision of it, and have a topic demand it')
    .argument('<event>', 'the wire name of an event that the publications emit')
    .requiredOption('--transport <transport>', 'pubsub:PROJECT/TOPIC')
    .option('--app <module>', APP_MODULE)
    .option('--schema <id>', "the schema's id in the project (default: the event's name)")
    .option('--binary', "messages are written in Avro's binary encoding (default: in its JSON)")
    .option('--schema-only', 'leave the topic alone')
    .option('--json', 'print one JSON line')
    .action(push);
}

async function exportContracts({ app, out }: { readonly app?: string; readonly out?: string }): Promise<void> {
  const contracts = appContractsOf(await loadApp(app));
  const text = formatContracts(contracts);
  if (out === undefined) process.stdout.write(text);
  else {
    writeFileSync(out, text);
    console.log(`${out}: ${Object.keys(contracts.events).length} events of ${contracts.service}.`);
  }
}

function verify({ producer, expects, json }: { readonly producer: string; readonly expects: string; readonly json?: boolean }): void {
  const found = disagreements(producer, expects);
  if (found.length > 0) process.exitCode = 1;
  if (json === true) console.log(JSON.stringify({ isOk: found.length === 0, found }));
  else console.log(found.length === 0 ? 'They agree.' : found.map(({ message }) => message).join('\n'));
}

function disagreements(producer: string, expects: string): readonly Disagreement[] {
  try {
    verifyContracts({ producer: { file: producer }, expects: { file: expects } });
    return [];
  } catch (error) {
    if (!isEventspanError(error, 'CONTRACTS_DISAGREE')) throw error;
    return error.details['found'] as readonly Disagreement[];
  }
}

interface PushArguments {
  readonly transport: string;
  readonly app?: string;
  readonly schema?: string;
  readonly binary?: boolean;
  readonly schemaOnly?: boolean;
  readonly json?: boolean;
}

async function push(event: string, { transport, app, schema = event, binary, schemaOnly = false, json }: PushArguments): Promise<void> {
  const [, project, topic] = TOPIC.exec(transport) ?? [];
  if (project === undefined || topic === undefined) {
    throw new EventspanError('OPTION_INVALID', { path: '--transport', value: transport, bound: 'pubsub:PROJECT/TOPIC' });
  }
  const options = await loadApp(app);
  const published = new Map(publishedEventsOf(options).map((type) => [jsonSchemaOf(type).title, type]));
  const type = published.get(event);
  if (type === undefined) {
    throw new EventspanError('OPTION_INVALID', { path: 'event', value: event, bound: `one of ${[...published.keys()].join(', ')}` });
  }
  const definition = avroSchemaOf(type);
  const encoding = binary === true ? 'binary' : 'json';
  const done = await ensureTopicSchema(systemEnvironment(), { project, topic, schema, definition, encoding, schemaOnly });
  if (json === true) console.log(JSON.stringify({ schema, definition, done }));
  else console.log(done.length === 0 ? 'Everything is as it should be.' : done.join('\n'));
}
