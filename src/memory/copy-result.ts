import type { AppendResult } from '../event-store/append.js';

export function copyResult(result: AppendResult): AppendResult {
  return { ...result, streams: result.streams.map((stream) => ({ ...stream, eventIds: [...stream.eventIds] })) };
}
