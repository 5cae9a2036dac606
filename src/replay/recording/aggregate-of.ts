const HEAD = /^([^-]+)-/;

/** The aggregate of a stream: the one of `aggregates` that its id begins with; where none is known, what stands before the first hyphen. */
export function aggregateOf(streamId: string, aggregates: readonly string[] | undefined): string {
  return aggregates?.find((name) => streamId.startsWith(`${name}-`)) ?? HEAD.exec(streamId)?.[1] ?? 'other';
}
