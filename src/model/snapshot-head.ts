/** What the beginning of a snapshot's text says. */
export interface SnapshotHead {
  /** `1-3f2a9c1e`; of versions of Eventspan that did not look at the shape, the number alone. */
  readonly revision: string;
  /** Of the last event in the state. */
  readonly version: number;
  /** Characters before the state. */
  readonly length: number;
}

/** Of fixed form, so that it is read without parsing the state. */
const HEAD = /^\{"revision":(?:"(\d+-[0-9a-f]{8})"|(\d+)),"version":(\d{1,15}),"state":/;

/** Undefined for what is no snapshot. Does not look at the state, whatever its size. */
export function readSnapshotHead(text: string): SnapshotHead | undefined {
  const [head, revision, earlier, version] = HEAD.exec(text) ?? [];
  if (head === undefined || !text.endsWith('}')) return undefined;
  return { revision: revision ?? earlier ?? '', version: Number(version), length: head.length };
}
