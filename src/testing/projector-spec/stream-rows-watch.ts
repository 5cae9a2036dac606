import { EventspanError } from '../../errors/eventspan-error.js';
import type { Row } from '../../event-store/read-models.js';
import type { ProjectionContext, ProjectorDefinition, View } from '../../projections/projector-definition.js';

/**
 * The projector, held to the promise of rows 'stream': a row that events of two streams touch fails with `PROJECTOR_SPEC_FAILED`.
 * In production such a row would be written without a transaction by two owners, and updates would be lost.
 */
export function watchStreamRows(projector: ProjectorDefinition): ProjectorDefinition {
  if (projector.rows === 'shared') return projector;
  const streams = new Map<string, string>();
  const keys = new Map(projector.tables.map((table) => [table.name, table.kind === 'rows' ? table.key : []]));
  const check = (table: string, row: Row, streamId: string): void => {
    const identity = JSON.stringify([table, ...(keys.get(table) ?? []).map((column) => row[column])]);
    const first = streams.get(identity) ?? streamId;
    streams.set(identity, first);
    if (first === streamId) return;
    const reason = `its rows are 'stream', and ${first} and ${streamId} both use the row ${identity}; declare rows: 'shared'.`;
    throw new EventspanError('PROJECTOR_SPEC_FAILED', { projector: projector.name, reason });
  };
  return {
    ...projector,
    // Not a copy: a context looks things up when they are asked for, and a copy would not.
    handle: (event, context) => projector.handle(event, Object.create(context, { view: { value: watchedView(context, check) } })),
  };
}

function watchedView({ view, streamId }: ProjectionContext, check: (table: string, row: Row, streamId: string) => void): View {
  const watched =
    <R>(operation: (table: string, row: Row) => R) =>
    (table: string, row: Row): R => {
      check(table, row, streamId);
      return operation(table, row);
    };
  return {
    insert: watched((table, row) => view.insert(table, row)),
    upsert: watched((table, row) => view.upsert(table, row)),
    update: watched((table, row) => view.update(table, row)),
    delete: watched((table, key) => view.delete(table, key)),
    get: watched((table, key) => view.get(table, key)),
    increment: (table, key, amounts) => view.increment(table, key, amounts),
  };
}
