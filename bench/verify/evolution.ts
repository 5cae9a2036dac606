import { Command } from 'commander';
import { provePaths, type PathsProof } from './evolution-paths.js';
import { makeFolder } from './places.js';
import { proveSchemaCheck, type SchemaCheckProof } from './schema-check.js';
import { HISTORIES } from './shipment-histories.js';

interface EvolutionProof extends PathsProof {
  readonly verified: boolean;
  readonly histories: number;
  readonly schemaCheck: SchemaCheckProof;
  readonly seconds: number;
}

/** `npm run verify:evolution`: recorded histories of four versions give one state on every path, and what breaks them is caught. */
async function main(): Promise<void> {
  const program = new Command('verify:evolution').option('--json', 'one JSON line', false);
  const { json } = program.parse().opts<{ json: boolean }>();
  const { folder, remove } = makeFolder();
  try {
    const proof = await prove(folder);
    if (json) console.log(JSON.stringify(proof));
    else show(proof);
    if (!proof.verified) process.exitCode = 1;
  } finally {
    remove();
  }
}

async function prove(folder: string): Promise<EvolutionProof> {
  const begun = performance.now();
  const proof = await provePaths(folder);
  const schemaCheck = await proveSchemaCheck(folder);
  const differences = [...proof.paths.flatMap((each) => each.differences), ...schemaCheck.differences];
  const verified = differences.length === 0 && proof.storedBytesUnchanged;
  const seconds = Math.round((performance.now() - begun) / 100) / 10;
  return { verified, histories: HISTORIES.length, ...proof, schemaCheck, seconds };
}

function show({ verified, histories, paths, events, storedBytesUnchanged, schemaCheck, seconds }: EvolutionProof): void {
  console.log(`${verified ? 'Verified' : 'NOT VERIFIED'} in ${seconds} s: ${histories} histories of ${events} events, from v1 to v4`);
  for (const { path, states, differences } of paths) {
    console.log(`  ${differences.length === 0 ? 'same ' : 'OTHER'} ${path} (${states})`);
    for (const difference of differences) console.log(`        ${difference}`);
  }
  console.log(`  stored bytes ${storedBytesUnchanged ? 'unchanged' : 'CHANGED'}`);
  const { caught, incompatible, passed, compatible, differences } = schemaCheck;
  console.log(
    `  schema check: ${caught} of ${incompatible} incompatible changes caught, ${passed} of ${compatible} compatible ones passed`,
  );
  for (const difference of differences) console.log(`        ${difference}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
