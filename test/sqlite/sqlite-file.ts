import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdapterEnvironment } from '../../src/event-store/store-provider.js';
import type { EventToAppend } from '../../src/event-store/stored-event.js';
import { systemClock } from '../../src/support/clock.js';
import { seededRandom } from '../../src/support/random.js';
import { uuidV7 } from '../../src/support/uuid-v7.js';
import { silentLogger } from '../../src/telemetry/logger.js';
import { RpcCounter } from '../../src/telemetry/rpc-observer.js';

export interface SqliteFile {
  readonly file: string;
  /** Removes the file and what lies beside it. */
  readonly remove: () => Promise<void>;
}

/** The path of a database that is not there yet, in a folder of its own. */
export async function newSqliteFile(): Promise<SqliteFile> {
  const folder = await mkdtemp(join(tmpdir(), 'eventspan-'));
  return { file: join(folder, 'events.db'), remove: () => rm(folder, { recursive: true, force: true }) };
}

export function testEnvironment(changes: Partial<AdapterEnvironment> = {}): AdapterEnvironment {
  return { clock: systemClock, random: seededRandom(1), logger: silentLogger, rpcs: new RpcCounter(), ...changes };
}

const nextId = uuidV7();

export function newEvents(count: number): readonly EventToAppend[] {
  return Array.from({ length: count }, (_, n) => ({
    eventId: nextId(),
    type: 'thing.happened',
    data: JSON.stringify({ n }),
    metadata: '{}',
  }));
}
