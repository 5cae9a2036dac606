import type { CommonMetadata } from '../event-store/repository-recording.js';
import type { EventMetadata } from '../messages/metadata.js';
import { serializeMetadata } from '../messages/metadata-json.js';

/** What a timer sets of the metadata that its message will have. */
export interface ScheduledFields {
  readonly schemaVersion: number;
  readonly source: string;
  /** Replaced when it fires. */
  readonly time: string;
}

/** What a timer keeps of its message's metadata. Throws `PAYLOAD_NOT_EXACT`, `PAYLOAD_TOO_LARGE`. */
export function scheduledMetadata(
  common: CommonMetadata,
  process: { readonly name: string; readonly id: string } | undefined,
  fields: ScheduledFields,
): string {
  const defined = Object.fromEntries(Object.entries(common).filter(([, value]) => value !== undefined));
  const sender = process === undefined ? {} : { processName: process.name, processId: process.id };
  return serializeMetadata({ ...defined, ...sender, ...fields, correlationId: common.correlationId });
}

/** The metadata of the message when it fires: what was kept, with the time of now, and which timer it was. */
export function firedMetadata(kept: string, fired: { readonly time: string; readonly timerId: string; readonly dueAt: string }): string {
  return JSON.stringify({ ...(JSON.parse(kept) as EventMetadata), ...fired });
}
