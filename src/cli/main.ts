#!/usr/bin/env node
import { Command } from 'commander';
import { isEventspanError } from '../index.js';
import { addContracts } from './commands/contracts.js';
import { addCopy } from './commands/copy.js';
import { addDeadLetters } from './commands/dead-letters.js';
import { addDiff } from './commands/diff.js';
import { addDoctor } from './commands/doctor.js';
import { addEmulators } from './commands/emulators.js';
import { addEnsure } from './commands/ensure.js';
import { addExport } from './commands/export.js';
import { addImport } from './commands/import.js';
import { addMigrate } from './commands/migrate.js';
import { addParked } from './commands/parked.js';
import { addProcesses } from './commands/processes.js';
import { addProjections } from './commands/projections.js';
import { addRebuild } from './commands/rebuild.js';
import { addRecord } from './commands/record.js';
import { addReplay } from './commands/replay.js';
import { addSchema } from './commands/schema.js';
import { addVerifySnapshots } from './commands/verify-snapshots.js';
import { addStreams } from './commands/streams.js';
import { addTrace } from './commands/trace.js';
import { addTasks } from './commands/tasks.js';
import { addTimers } from './commands/timers.js';
import { addVerifyExport } from './commands/verify-export.js';
import { version } from './version.js';

/** Each adds one command; in the order of the help. */
const COMMANDS: readonly ((program: Command) => void)[] = [
  addMigrate,
  addEnsure,
  addDoctor,
  addEmulators,
  addRebuild,
  addProjections,
  addParked,
  addProcesses,
  addTimers,
  addTasks,
  addDeadLetters,
  addRecord,
  addReplay,
  addSchema,
  addContracts,
  addVerifySnapshots,
  addExport,
  addImport,
  addVerifyExport,
  addCopy,
  addDiff,
  addStreams,
  addTrace,
];

/** Exit codes: 0 done, 1 failed, 2 called wrongly. */
async function main(): Promise<void> {
  const program = new Command('eventspan').description('Event sourcing and CQRS on Spanner and Pub/Sub.').version(version()).exitOverride();
  for (const add of COMMANDS) add(program);
  await program.parseAsync();
}

main().catch((error: unknown) => {
  if (error instanceof Error && 'exitCode' in error) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  console.error(isEventspanError(error) ? error.message : error);
  process.exitCode = isEventspanError(error, 'OPTION_INVALID') ? 2 : 1;
});
