import { throwIfAborted } from '../../support/abort.js';
import type { RebuildContext } from './rebuild-context.js';

/** Resolves when this process has read the generations anew, as it does after each change of its own, or after `atMostMs`. Throws the signal's reason. */
export async function untilNews(
  { live, clock }: Pick<RebuildContext, 'live' | 'clock'>,
  { atMostMs, signal }: { readonly atMostMs: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const news = new AbortController();
  const stopListening = live.onRead(() => news.abort());
  await clock.sleep(atMostMs, signal === undefined ? news.signal : AbortSignal.any([news.signal, signal])).catch(() => undefined);
  stopListening();
  throwIfAborted(signal);
}
