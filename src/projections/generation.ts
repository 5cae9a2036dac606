import type { ProjectorDefinition } from './projector-definition.js';

/**
 * One filling of a projection's tables. Run 0 is the first of a code version; rebuilds of the same version count the run up. No generation
 * comes twice, so that its tables and cursors are its own from beginning to end.
 */
export interface Generation {
  /** The projector's name. */
  readonly projector: string;
  /** The projector's version. */
  readonly version: number;
  /** 0..99,999. */
  readonly run: number;
}

/** Runs of one version at most; names of tables are made with room for it. */
export const MAX_RUN = 99_999;

/** Characters of the longest name that stores take for a table. */
const MAX_TABLE_NAME = 64;

/** Run 0 of a projector's version. */
export function firstGenerationOf({ name, version }: Pick<ProjectorDefinition, 'name' | 'version'>): Generation {
  return { projector: name, version, run: 0 };
}

/** The cursors' name: `projector:loan-book:v2`, of later runs `projector:loan-book:v2.1`. */
export function generationConsumer(generation: Generation): string {
  return `projector:${generation.projector}:${versionText(generation)}`;
}

/** What a database elsewhere knows it by, and people too: `loan-book:v2`, `loan-book:v2.1`. */
export function generationLabel(generation: Generation): string {
  return `${generation.projector}:${versionText(generation)}`;
}

/** The name that a declared table has in the store: `loan_book_v2`, of later runs `loan_book_v2_r1`. */
export function generationTable(name: string, { version, run }: Pick<Generation, 'version' | 'run'>): string {
  return run === 0 ? `${name}_v${version}` : `${name}_v${version}_r${run}`;
}

/** Characters that the name of a table declared by this version may have, so that any run's name fits. */
export function maxTableNameLength(version: number): number {
  return MAX_TABLE_NAME - generationTable('', { version, run: MAX_RUN }).length;
}

/** What a projection is called to the transport, which makes a subscription's name of it: `loan-book-v1`, whatever the run. */
export function projectionTransportConsumer({ name, version }: Pick<ProjectorDefinition, 'name' | 'version'>): string {
  return `${name}-v${version}`;
}

/** Whether both are the same. */
export function isSameGeneration(a: Generation, b: Generation): boolean {
  return a.projector === b.projector && a.version === b.version && a.run === b.run;
}

/** Negative, zero or positive as `a` is older than, the same as or newer than `b`, by version and then run. */
export function compareGenerationAge(a: Pick<Generation, 'version' | 'run'>, b: Pick<Generation, 'version' | 'run'>): number {
  return a.version - b.version || a.run - b.run;
}

function versionText({ version, run }: Generation): string {
  return run === 0 ? `v${version}` : `v${version}.${run}`;
}
