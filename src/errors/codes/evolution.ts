import type { ErrorDescription } from '../error-description.js';

/** Upcasters, schemas and their locks. */
export const EVOLUTION_CODES = {
  UPCASTER_INVALID: {
    message: '{upcaster} cannot serve as an upcaster or downcaster: {reason}.',
    remedy:
      'Use upcast(Event, { from: 1 }, (data) => data), downcast(Event, { to: 1 }, (data) => data), or @Upcast and @Downcast on static methods.',
  },
  UPCASTER_MISSING: {
    message: 'Events stored as {event} of version {version} cannot be read: {reason}.',
    remedy: 'Write {sample}, and list it in upcasters: [...] of the application.',
  },
  UPCASTER_DUPLICATE: {
    message: 'Two of them take {event} of version {version}: {first} and {second}.',
    remedy: 'Keep one of them.',
  },
  UPCASTER_UNREACHABLE: {
    message: '{upcaster} would never be used: {reason}.',
    remedy: 'Remove it, or correct its version.',
  },
  UPCASTER_TARGET_UNKNOWN: {
    message: '{upcaster} leads to {event} of version {version}, which {reason}.',
    remedy: 'List the event class in events: [...] of the application, or correct what the upcaster leads to.',
  },
  UPCASTER_CYCLE: {
    message: 'Upcasters lead in a circle: {path}.',
    remedy: 'Let every upcaster lead nearer to a version of today.',
  },
  UPCAST_FAILED: {
    message: '{upcaster} failed on {event} of version {schemaVersion}, event {version} of {streamId} at {position}: {reason}.',
    remedy: 'Let it take every payload that was ever stored at that version.',
  },
  UPCAST_RESULT_INVALID: {
    message: '{upcaster} gave for {event} of version {schemaVersion} what cannot be a payload at {path}: {reason}.',
    remedy: 'Return plain JSON data at once: an object, or with into: [...] an array of becomes(Event, data).',
  },
  MERGE_WITHOUT_STREAM: {
    message: 'The event {type} ({streamId} version {version}) may be merged with its neighbours, and there is no stream to read them from.',
    remedy: 'Give the store, or the whole stream, to what reads the event.',
  },
  DOWNCASTER_MISSING: {
    message: '{event} is written in version {writeVersion}, and there is no downcaster to version {version}.',
    remedy: 'Write {sample}, and list it in upcasters: [...] of the application.',
  },
  DOWNCAST_FAILED: {
    message: '{downcaster} failed on {event}, to version {version}: {reason}.',
    remedy: 'Let it take every payload of the version above.',
  },
  DOWNCAST_LOSSY: {
    message: '{event} written in version {version} would be read back differently at {path}: {reason}.',
    remedy: 'Keep all of it in the old shape, or raise writeVersion once no old program runs any more.',
  },
  PAYLOAD_REFUSED: {
    message: 'The payload of {event} does not fit its schema: {issues}.',
    remedy: 'Record what the schema allows; a schema checks and must not change values.',
  },
  SCHEMA_FAILED: {
    message: 'The schema of {event} cannot be used: {reason}.',
    remedy: 'Give a Standard Schema (https://standardschema.dev) that answers at once, without promises.',
  },
  SCHEMA_LOCK_INVALID: {
    message: 'The schema lock {file} cannot be used: {reason}.',
    remedy:
      'Restore it from version control. Only where no event is stored anywhere: delete it, and write a new one with eventspan schema lock.',
  },
  SCHEMA_LOCK_FOREIGN: {
    message: 'The schema lock {file} belongs to the application {found}; this one is {wanted}.',
    remedy: 'Name the right lock with --file, or the right application with --app.',
  },
  SCHEMA_LOCK_NEWER: {
    message: 'The schema lock {file} has format {found}; this program reads formats up to {known}.',
    remedy: 'Use the version of eventspan that wrote it.',
  },
} as const satisfies Readonly<Record<string, ErrorDescription>>;
