import { readFileSync } from 'node:fs';
import { EventspanError } from '../../errors/eventspan-error.js';
import { messageOf } from '../../support/message-of.js';
import { CONTRACTS_FORMAT, type Contracts } from './contracts.js';
import type { Expectations } from './expectations.js';

/** Contracts or expectations: as they are, or in a file. */
export type OrFile<T> = T | { readonly file: string };

/** The contracts of a producer. Throws `CONTRACTS_INVALID` for what is none, also for a file that cannot be read. */
export function readContracts(source: OrFile<Contracts>): Contracts {
  const { file, value } = load(source);
  checkDocument(file, value, 'service');
  for (const [name, event] of Object.entries(value['events'] as object)) {
    if (!isVersion((event as Record<string, unknown>)['version'])) throw invalid(file, `its entry ${name} has no version`);
  }
  return value as unknown as Contracts;
}

/** The expectations of a consumer. Throws `CONTRACTS_INVALID`. */
export function readExpectations(source: OrFile<Expectations>): Expectations {
  const { file, value } = load(source);
  checkDocument(file, value, 'consumer');
  for (const [name, event] of Object.entries(value['events'] as object)) {
    const version = (event as Record<string, unknown>)['version'];
    if (version !== undefined && !isVersion(version)) throw invalid(file, `its entry ${name} has a version that is none`);
  }
  return value as unknown as Expectations;
}

function load(source: object): { readonly file: string; readonly value: unknown } {
  if (!('file' in source) || typeof source.file !== 'string') return { file: 'What was given', value: source };
  try {
    return { file: source.file, value: JSON.parse(readFileSync(source.file, 'utf8')) };
  } catch (cause) {
    throw invalid(source.file, messageOf(cause), cause);
  }
}

function checkDocument(file: string, value: unknown, owner: 'service' | 'consumer'): asserts value is Record<string, unknown> {
  if (!isObject(value) || !isVersion(value['format'])) throw invalid(file, 'it has no format');
  if (value['format'] > CONTRACTS_FORMAT)
    throw invalid(file, `its format is ${value['format']}, and ${CONTRACTS_FORMAT} is the newest known here`);
  if (typeof value[owner] !== 'string') throw invalid(file, `it has no ${owner}`);
  if (!isObject(value['events'])) throw invalid(file, 'it has no events');
  for (const [name, event] of Object.entries(value['events'])) {
    if (!isObject(event) || !isObject(event['schema'])) throw invalid(file, `its entry ${name} has no schema`);
  }
}

function invalid(file: string, reason: string, cause?: unknown): EventspanError {
  return new EventspanError('CONTRACTS_INVALID', { file, reason }, { cause });
}

function isVersion(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
