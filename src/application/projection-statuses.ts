import { underWayOf } from '../projections/rebuild/plan-generations.js';
import { progressOf } from '../projections/rebuild/rebuild-progress.js';
import type { ProjectionParts } from './projection-parts.js';
import type { AppProjectionStatus } from './status.js';

/** Of the generations that are maintained here, with the rebuilds that are under way. */
export function projectionStatuses({ set, live }: ProjectionParts): readonly AppProjectionStatus[] {
  return (set?.statuses() ?? []).map((status) => {
    const rebuild = underWayOf(live.peek(status.name));
    return { ...status, ...(rebuild && { rebuild: progressOf(rebuild) }) };
  });
}
