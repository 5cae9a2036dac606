import type { Constructor } from './constructor.js';

/** What `@Command(name, { aggregateId })` says of a class. */
export interface CommandDescription {
  readonly name: string;
  readonly type: Constructor;
  /** The id of the aggregate the command is for; absent on commands that plain handlers take. */
  readonly aggregateId?: (command: object) => string;
}
