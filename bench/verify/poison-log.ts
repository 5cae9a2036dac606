import Database from 'libsql';
import { randomUUID } from 'node:crypto';
import { systemEnvironment, type EventToAppend, type StreamWrite } from 'eventspan';
import { sqlite } from 'eventspan/sqlite';
import { sighted, SIGHTED } from './poison-kinds.js';
import { EVENTS_A_STREAM, streamOf, type Poison, type PoisonPlan } from './poison-plan.js';

const STREAMS_AN_APPEND = 25;
const METADATA = JSON.stringify({ correlationId: 'verify', time: '2026-01-01T00:00:00.000Z', schemaVersion: 1 });

/** Writes the log of a plan into a new file; where it is to be clean, a healthy event takes the place of each poisonous one. */
export async function writePoisonLog(file: string, plan: PoisonPlan, isClean: boolean): Promise<void> {
  const store = await sqlite(file).open(systemEnvironment());
  try {
    for (let first = 0; first < plan.streams; first += STREAMS_AN_APPEND) {
      const count = Math.min(STREAMS_AN_APPEND, plan.streams - first);
      const writes = Array.from({ length: count }, (_, at) => writeOf(streamOf(first + at), isClean ? undefined : plan));
      await store.append({ writes });
    }
  } finally {
    await store.close();
  }
  finish(file, isClean ? [] : [...plan.poison.values()]);
}

function writeOf(streamId: string, plan: PoisonPlan | undefined): StreamWrite {
  return { streamId, expectedVersion: 'none', events: eventsOf(plan?.poison.get(streamId)) };
}

function eventsOf(poison: Poison | undefined): EventToAppend[] {
  return Array.from({ length: EVENTS_A_STREAM }, (_, at) => {
    const isPoison = poison?.version === at + 1 && poison.kind.isBeneath !== true;
    const { type, data } = isPoison ? { type: poison.kind.type, data: poison.kind.data() } : { type: SIGHTED, data: sighted('well') };
    return { eventId: randomUUID(), type, data, metadata: METADATA };
  });
}

/** What the store refuses to take is written past it, as damage would be. After that the one file has everything, and can be copied. */
function finish(file: string, poison: readonly Poison[]): void {
  const database = new Database(file);
  try {
    const update = database.prepare('UPDATE events SET data = ? WHERE stream_id = ? AND version = ?');
    for (const { kind, streamId, version } of poison) if (kind.isBeneath) update.run([kind.data(), streamId, version]);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
}
