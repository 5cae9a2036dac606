import type { EventStore, EventToAppend } from '../../../src/index.js';
import { createEventRegistry, memory } from '../../../src/index.js';
import { formatEventLine } from '../../../src/history/event-line.js';
import { sequentialIds } from '../../../src/testing/index.js';
import { testEnvironment } from '../../memory/environment.js';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Address, LoanApproved, LoanNoted, LoanPaid, LoanSubmitted } from './loans.js';

const registry = createEventRegistry([LoanSubmitted, LoanApproved, LoanNoted, LoanPaid]);
const nextId = sequentialIds();

/** What a stream is made of, unless a test needs more. */
export const HISTORY: readonly object[] = [
  new LoanSubmitted('Ann Example', 20_000, new Address('Main Street 7', 'Utrecht')),
  new LoanNoted('called'),
  new LoanApproved(new Date('2026-01-02T03:04:05.678Z')),
  new LoanPaid(120),
];

export async function newStore(): Promise<EventStore> {
  return memory().open(testEnvironment());
}

export function toAppend(event: object, metadata: object = {}): EventToAppend {
  const { type, data, schemaVersion } = registry.serialize(event);
  const text = JSON.stringify({
    correlationId: 'c-1',
    actor: 'clerk-4711',
    source: 'loans',
    ...metadata,
    time: '2026-01-02T00:00:00.000Z',
    schemaVersion,
  });
  return { eventId: nextId(), type, data, metadata: text };
}

export async function append(store: EventStore, streamId: string, events: readonly object[]): Promise<void> {
  await store.append({ writes: [{ streamId, expectedVersion: 'any', events: events.map((event) => toAppend(event)) }] });
}

/** Writes streams of a store into one file of recorded history. */
export async function writeHistory(file: string, store: EventStore, streamIds: readonly string[]): Promise<void> {
  const lines: string[] = [];
  for (const streamId of streamIds)
    for await (const event of store.readStream(streamId)) lines.push(`${formatEventLine(event, 'eventspan')}\n`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, lines.join(''));
}
