import { APPLICATION_CODES } from './codes/application.js';
import { COMMAND_CODES } from './codes/commands.js';
import { CONSUMER_CODES } from './codes/consumers.js';
import { CONTRACT_CODES } from './codes/contracts.js';
import { DEFINITION_CODES } from './codes/definition.js';
import { EVOLUTION_CODES } from './codes/evolution.js';
import { HISTORY_CODES } from './codes/history.js';
import { INBOX_CODES } from './codes/inbox.js';
import { INTEGRATION_CODES } from './codes/integration.js';
import { MESSAGING_CODES } from './codes/messaging.js';
import { PARKING_CODES } from './codes/parking.js';
import { PAYLOAD_CODES } from './codes/payload.js';
import { PROCESS_CODES } from './codes/processes.js';
import { PROJECTION_CODES } from './codes/projections.js';
import { QUEUE_CODES } from './codes/queues.js';
import { REBUILD_CODES } from './codes/rebuild.js';
import { REPLAY_CODES } from './codes/replay.js';
import { STORE_CODES } from './codes/store.js';
import { TIMER_CODES } from './codes/timers.js';

/** Every error code, with message and remedy. One table a family; this is their union. */
export const ERROR_CODES = {
  ...APPLICATION_CODES,
  ...COMMAND_CODES,
  ...CONSUMER_CODES,
  ...CONTRACT_CODES,
  ...DEFINITION_CODES,
  ...EVOLUTION_CODES,
  ...HISTORY_CODES,
  ...INBOX_CODES,
  ...INTEGRATION_CODES,
  ...MESSAGING_CODES,
  ...PARKING_CODES,
  ...PAYLOAD_CODES,
  ...PROCESS_CODES,
  ...PROJECTION_CODES,
  ...QUEUE_CODES,
  ...REBUILD_CODES,
  ...REPLAY_CODES,
  ...STORE_CODES,
  ...TIMER_CODES,
} as const;

/** The code of an {@link EventspanError}. */
export type ErrorCode = keyof typeof ERROR_CODES;
