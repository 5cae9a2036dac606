/** How many events, and characters of payload and metadata, one write of an import holds at most. */
export const DEFAULT_BATCH_SIZE = 1_000;
export const MAX_BATCH_SIZE = 10_000;
const BATCH_CHARACTERS = 8_000_000;

interface Sized {
  readonly event: { readonly data: string; readonly metadata: string };
}

/** Cuts what comes into batches of at most `size`, and smaller ones where events are large. What came before an error goes out before it. */
export async function* inBatches<T extends Sized>(source: AsyncIterable<readonly T[]>, size: number): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  let characters = 0;
  for await (const items of failingLast(source)) {
    if ('error' in items) {
      if (batch.length > 0) yield batch;
      throw items.error;
    }
    for (const item of items) {
      batch.push(item);
      characters += item.event.data.length + item.event.metadata.length;
      if (batch.length < size && characters < BATCH_CHARACTERS) continue;
      yield batch;
      batch = [];
      characters = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

/** The source's items, and what it threw as the last of them. */
async function* failingLast<T>(source: AsyncIterable<T>): AsyncGenerator<T | { readonly error: unknown }> {
  try {
    yield* source;
  } catch (error) {
    yield { error };
  }
}
