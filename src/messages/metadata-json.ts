import type { EventMetadata } from './metadata.js';
import { Hydrator } from './payload/hydrate.js';
import { PayloadGuard } from './payload/payload-guard.js';
import { checkSize, notExact, parseObject, unreadable, type PayloadOwner } from './payload/payload-text.js';
import { DEFAULT_PAYLOAD_LIMITS } from './payload-limits.js';

/** Metadata is read with every event, so it is kept small. UTF-16 code units of its JSON text. */
export const MAX_METADATA_CHARACTERS = 16_384;

const OWNER: PayloadOwner = {
  label: 'an event',
  part: 'metadata',
  limits: { ...DEFAULT_PAYLOAD_LIMITS, maxCharacters: MAX_METADATA_CHARACTERS },
};

/** Metadata as it is stored: JSON values only. Throws `PAYLOAD_NOT_EXACT` with the path, `PAYLOAD_TOO_LARGE` over 16,384 characters. */
export function serializeMetadata(metadata: EventMetadata): string {
  const fault = new PayloadGuard(OWNER.limits).inspect(metadata, undefined);
  if (fault) throw notExact(OWNER, fault);
  return checkSize(JSON.stringify(metadata), OWNER);
}

/** What {@link serializeMetadata} stored. Throws `PAYLOAD_UNREADABLE`, `PAYLOAD_TOO_LARGE`. */
export function parseMetadata(text: string): EventMetadata {
  const value = parseObject(text, OWNER);
  const fault = new Hydrator(OWNER.limits).hydrate(value, undefined) ?? missingField(value);
  if (fault) throw unreadable(OWNER, fault);
  return value as EventMetadata;
}

function missingField(value: object): { path: string; reason: string } | undefined {
  const { correlationId, time, schemaVersion } = value as Partial<EventMetadata>;
  if (typeof correlationId !== 'string') return { path: '.correlationId', reason: 'it is not a string' };
  if (typeof time !== 'string') return { path: '.time', reason: 'it is not a string' };
  return Number.isInteger(schemaVersion) ? undefined : { path: '.schemaVersion', reason: 'it is not a whole number' };
}
