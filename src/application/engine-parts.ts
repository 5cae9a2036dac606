import type { CommandBus } from '../command-handling/command-bus.js';
import type { OutgoingCommands } from '../command-handling/outgoing-commands.js';
import type { AppendResult } from '../event-store/append.js';
import type { EventStore } from '../event-store/event-store.js';
import type { AdapterEnvironment } from '../event-store/store-provider.js';
import type { Outgoing } from '../messaging/outgoing.js';
import type { Transport } from '../messaging/transport.js';
import type { Suspects } from '../subscriptions/suspects.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import type { Composition, EventspanOptions } from './options.js';
import type { Registry } from './registry.js';

/** What one process has before there is any engine. */
export interface ProcessParts {
  readonly composition: Composition;
  readonly owner: string;
  readonly registry: Registry;
  readonly store: EventStore;
  readonly transport: Transport | undefined;
  /** By the names of `topics`; empty without the role `consumers`. */
  readonly topics: ReadonlyMap<string, Transport>;
  readonly environment: AdapterEnvironment;
  readonly options: EventspanOptions;
  readonly telemetry: Telemetry;
  /** One for all subscriptions of the process. */
  readonly suspects: Suspects;
}

/** What the engines of one process are made of. */
export interface EngineParts extends ProcessParts {
  /** Absent without the role `commands`. */
  readonly bus: CommandBus | undefined;
  readonly outgoingCommands: OutgoingCommands;
  /** How handlers send. */
  readonly outgoing: Outgoing;
  /** To be told of every append of an engine's, so that it is published at once. */
  readonly onAppended: (result: AppendResult) => void;
}
