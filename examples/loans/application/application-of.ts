const STREAM = /^application-(.+)$/;

/** The number of the application whose stream this is. */
export function applicationOf(streamId: string): string {
  const id = STREAM.exec(streamId)?.[1];
  if (id === undefined) throw new TypeError(`${streamId} is not the stream of an application.`);
  return id;
}
