import { ClassNote } from '../messages/class-note.js';
import type { Constructor } from '../messages/constructor.js';
import { assertProjectorName } from './check-projector.js';
import type { HandlerPolicy } from '../subscriptions/handler-policy.js';
import type { DeclaredTable, ProjectorDefinition } from './projector-definition.js';

/** What `@Projector` says besides the name; with what is to be done when a handler fails, unless the handler says otherwise. */
export interface ProjectorOptions extends HandlerPolicy {
  /** From 1, default 1. A new version is a new consumer: it begins at the first event. */
  readonly version?: number;
  /** See {@link ProjectorDefinition}. Default `'shared'`, which is always right. */
  readonly rows?: ProjectorDefinition['rows'];
  /** See {@link ProjectorDefinition}. Default `'async'`. */
  readonly lifecycle?: 'async' | 'inline';
  /** See {@link ProjectorDefinition}. Default `'stream'`. */
  readonly order?: 'stream' | 'global';
  /** See {@link ProjectorDefinition}. Default `'pass'`. */
  readonly unknownEvents?: 'pass' | 'fail';
  /** The tables it writes, made with `readModelTable` and `counterTable`; created when the projector starts. */
  readonly tables?: readonly DeclaredTable[];
}

type Settled = 'version' | 'rows' | 'lifecycle' | 'tables';

/** What `@Projector` noted on a class. */
export interface ProjectorNote extends Omit<ProjectorOptions, Settled>, Required<Pick<ProjectorOptions, Settled>> {
  readonly name: string;
}

const notes = new ClassNote<ProjectorNote>('Projector');

/**
 * Describes a class as a projector; it registers nothing. The name is the projection's for good: with the version it names
 * cursors and subscription. Letter first, then letters, digits, dots, dashes, underscores; at most 100.
 * Throws, when the class is defined, `NAME_INVALID` and `CLASS_DECORATED_TWICE`.
 */
export function Projector(name: string, options: ProjectorOptions = {}): (type: Constructor, context?: unknown) => void {
  return (type) => {
    assertProjectorName(name, `@Projector on ${type.name}`);
    notes.write(type, { name, version: 1, rows: 'shared', lifecycle: 'async', tables: [], ...options });
  };
}

/** What `@Projector` says of `type`. Throws `CLASS_NOT_DECORATED`, also when only a base class is decorated; `CLASS_EXPECTED`. */
export function describeProjectorClass(type: Constructor): ProjectorNote {
  return notes.read(type);
}
