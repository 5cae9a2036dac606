import Table from 'cli-table3';
import { countRpcs, type RunReport } from './run.js';

/** The read model as a table, and what the comparison with the log says. */
export function describeRun({ verification, fed, seconds, commandsPerSecond, rpcs }: RunReport): string {
  const table = new Table({ head: ['activity', 'events'], colAligns: ['left', 'right'], style: { head: [], border: [], compact: true } });
  for (const [activity, n] of Object.entries(verification.counts)) table.push([activity, n.toLocaleString('en')]);
  const { events, applications } = verification;
  return [
    table.toString(),
    `${applications.toLocaleString('en')} applications, ${events.toLocaleString('en')} events; ${fed.commands.toLocaleString('en')} commands now, ${commandsPerSecond.toLocaleString('en')} a second; ${seconds} s in all.`,
    `Requests: commands ${countRpcs(rpcs, 'command')}, relay ${countRpcs(rpcs, 'relay')}, projectors ${countRpcs(rpcs, 'projector')}.`,
    describeVerification(verification.differences),
  ].join('\n');
}

function describeVerification(differences: readonly string[]): string {
  if (differences.length === 0) return 'Verified: every row of every read model equals an independent count of the log.';
  return `NOT VERIFIED:\n${differences.map((difference) => `  - ${difference}`).join('\n')}`;
}
