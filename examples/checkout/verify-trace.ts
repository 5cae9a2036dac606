import { proveTrace } from './trace-proof.js';

/** `npm run verify:trace [-- --json]`: exit code 1 where one trace does not lead through. */
async function main(): Promise<void> {
  const proof = await proveTrace();
  const verified = proof.faults.length === 0;
  for (const fault of proof.faults) console.error(`Not as it must be: ${fault}.`);
  console.log(process.argv.includes('--json') ? JSON.stringify({ ...proof, verified }) : textOf(proof));
  process.exitCode = verified ? 0 : 1;
}

function textOf({ traceId, spans, services, path }: Awaited<ReturnType<typeof proveTrace>>): string {
  const counts = Object.entries(services).map(([name, count]) => `${name} ${count}`);
  return [
    `Trace ${traceId}: ${spans} spans (${counts.join(', ')}).`,
    ...path.toReversed().map((name, at) => `${'  '.repeat(at)}${name}`),
  ].join('\n');
}

void main();
