import { EventspanError } from '../../errors/eventspan-error.js';

/** The body of a request, never more of it in memory than is allowed. Throws `PUSH_BODY_TOO_LARGE`. */
export async function boundedBody(request: Request, maxBytes: number): Promise<Buffer> {
  const tooLarge = (): EventspanError => new EventspanError('PUSH_BODY_TOO_LARGE', { maxBytes });
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  for (let read = await reader?.read(); read !== undefined && !read.done; read = await reader?.read()) {
    const chunk = read.value as Uint8Array;
    size += chunk.byteLength;
    if (size > maxBytes) {
      await reader?.cancel().catch(() => undefined);
      throw tooLarge();
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
