import { randomUUID } from 'node:crypto';
import type { EventToAppend } from 'eventspan';

/** An event as any service would have written it. */
export function eventOf(type: string, payload: object): EventToAppend {
  const eventId = randomUUID();
  const metadata = { correlationId: eventId, time: new Date(0).toISOString(), schemaVersion: 1 };
  return { eventId, type, data: JSON.stringify(payload), metadata: JSON.stringify(metadata) };
}
