/**
 * The event that ends a stream: nothing is appended after it, in any store, and no version is given out again. Names that begin with
 * `eventspan.` are the framework's own.
 */
export const STREAM_CLOSED_TYPE = 'eventspan.stream-closed';

/** The payload of {@link STREAM_CLOSED_TYPE}. */
export interface StreamClosed {
  /** `archived`: its events stay. `deleted`: they are, or shall be, removed. */
  readonly kind: 'archived' | 'deleted';
  readonly reason: string;
  /** The stream that goes on in its place, if one does. */
  readonly successor?: string;
}
