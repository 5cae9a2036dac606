import type { ErrorDescription } from '../error-description.js';

/** Rebuilds and generations of projections. */
export const REBUILD_CODES = {
  REBUILD_RUNNING: {
    message: 'A rebuild of {projector} is under way already: {running} is {state}.',
    remedy: 'Wait for it, switch to it, or cancel it; then start again.',
  },
  REBUILD_NOT_RUNNING: {
    message: 'No rebuild of {projector} is under way.',
    remedy: 'Look at app.projections.list() or: npx eventspan projections list.',
  },
  REBUILD_NOT_READY: {
    message: '{generation} is {state}, and only a generation that is ready can be switched to.',
    remedy: 'Wait until the rebuild is ready; to go back to an older generation use rollback.',
  },
  REBUILD_OVERTAKEN: {
    message: '{generation} is {state} by now, and was to go from {from} to {to}.',
    remedy: 'Nothing was changed; look at its state and decide again.',
  },
  REBUILD_DIFFERS: {
    message: '{generation} differs from the live generation {live} in {tables}, and is to be switched to only when it is equal.',
    remedy: 'Look at the comparison; switch by hand if the differences are wanted, or cancel.',
  },
  REBUILD_PARKED: {
    message: '{generation} has parked streams that the live generation {live} has not: {streams}.',
    remedy: 'Correct the handler, re-drive them and rebuild again, or switch by hand.',
  },
  REBUILD_EVENT_FAILED: {
    message: '{generation} stopped on shard {shard} at version {version} of the stream {streamId}: {reason}',
    remedy: 'Correct the handler and start the rebuild again.',
  },
  REBUILD_VERSION_OLD: {
    message: 'This code has version {version} of the projector {projector}, and version {live} is live.',
    remedy: 'Rebuild with the newer code, or use rollback to go back to an older generation.',
  },
  REBUILD_INLINE: {
    message: 'The projector {projector} is written together with the events, so that it cannot be rebuilt while events are appended.',
    remedy: 'Pause everything that appends, then start the rebuild with appendsPaused: true (--appends-paused).',
  },
  REBUILD_STREAMS_UNSUPPORTED: {
    message: 'Single streams of the projector {projector} cannot be rebuilt: {reason}.',
    remedy: 'Rebuild the whole projection.',
  },
  REBUILD_STREAM_TOO_LONG: {
    message: 'The stream {streamId} has more than {limit} events to go through, too many for one commit.',
    remedy: 'Rebuild the whole projection.',
  },
  ROLLBACK_IMPOSSIBLE: {
    message: 'The projection {projector} cannot be rolled back: {reason}.',
    remedy: 'Look at app.projections.list() for retired generations.',
  },
  GENERATION_UNKNOWN: {
    message: 'The projection {projector} has no generation {generation}; it has: {known}.',
    remedy: 'Name one of those.',
  },
  GENERATION_NOT_DROPPABLE: {
    message: '{generation} is {state} and is not dropped.',
    remedy: 'Drop generations that are retired, failed or cancelled; cancel a rebuild that is under way.',
  },
  GENERATION_RUNS_EXHAUSTED: {
    message: 'Version {version} of the projector {projector} was rebuilt {max} times, as often as names have room for.',
    remedy: "Raise the projector's version.",
  },
  PROJECTION_NOT_BUILT: {
    message: 'The projection {projector} has no live generation yet.',
    remedy: 'Start an application that lists the projector and has the role projectors.',
    retryable: true,
  },
} as const satisfies Readonly<Record<string, ErrorDescription>>;
