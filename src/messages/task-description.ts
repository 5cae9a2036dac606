import type { Constructor } from './constructor.js';

/** What `@Task(name, { queue, version })` says of a class. */
export interface TaskDescription {
  readonly name: string;
  readonly queue: string;
  readonly version: number;
  readonly type: Constructor;
}
