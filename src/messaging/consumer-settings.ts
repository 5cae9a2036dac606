import { checkWholeNumber } from '../errors/check-option.js';
import { EventspanError } from '../errors/eventspan-error.js';
import type { ConsumerSettings, DeadLetterOptions, RedeliveryOptions, SubscribeOptions, TransportMessage } from './transport.js';

const MAX_TYPES = 1_000;
const MAX_RETRY_MS = 600_000;

/** {@link ConsumerSettings} with nothing left open. */
export interface ResolvedConsumer {
  readonly consumer: string;
  /** Sorted, none twice; absent: all. */
  readonly types?: readonly string[];
  readonly ordered: boolean;
  readonly retry?: RedeliveryOptions;
  readonly deadLetter?: DeadLetterOptions;
}

/** The settings with their defaults; a name alone takes everything in order. Throws `OPTION_INVALID`. */
export function resolveConsumer(given: string | ConsumerSettings): ResolvedConsumer {
  const settings: ConsumerSettings = typeof given === 'string' ? { consumer: given } : given;
  const { consumer, filter, ordered = true, retry, deadLetter } = settings;
  checkSettings(settings, ordered);
  return {
    consumer,
    ...(filter !== undefined && { types: [...new Set(filter.types)].toSorted() }),
    ordered,
    ...(retry !== undefined && { retry }),
    ...(deadLetter !== undefined && { deadLetter }),
  };
}

function checkSettings({ consumer, filter, retry, deadLetter }: ConsumerSettings, ordered: boolean): void {
  const unfit = ordered ? Object.entries({ retry, deadLetter }).find(([, value]) => value !== undefined) : undefined;
  if (unfit !== undefined) throw invalid(`${consumer}.${unfit[0]}`, unfit[1], 'only with ordered: false');
  if (filter !== undefined) checkTypes(consumer, filter.types);
  if (retry !== undefined) checkRetry(consumer, retry);
  if (deadLetter !== undefined) checkWholeNumber(`${consumer}.deadLetter.maxAttempts`, deadLetter.maxAttempts, { min: 5, max: 100 });
}

/** As {@link resolveConsumer}; also that dead letters are read only where there are any. Throws `OPTION_INVALID`. */
export function resolveSubscriber(options: SubscribeOptions): ResolvedConsumer {
  const { consumer, from = 'topic', deadLetter } = options;
  if (from !== 'topic' && from !== 'dead-letters') throw invalid(`${consumer}.from`, from, 'topic or dead-letters');
  if (from === 'dead-letters' && deadLetter === undefined) throw invalid(`${consumer}.from`, from, 'dead-letters only with deadLetter');
  return resolveConsumer(options);
}

/** Whether a consumer with these settings is to get the message. */
export function isWanted({ types }: Pick<ResolvedConsumer, 'types'>, { attributes }: Pick<TransportMessage, 'attributes'>): boolean {
  return types === undefined || types.includes(attributes['ce-type'] ?? '');
}

function checkTypes(consumer: string, types: readonly string[]): void {
  const isRight = Array.isArray(types) && types.length > 0 && types.length <= MAX_TYPES && types.every(isType);
  if (!isRight) throw invalid(`${consumer}.filter.types`, types, `1 to ${MAX_TYPES} texts, none empty`);
}

function isType(type: unknown): boolean {
  return typeof type === 'string' && type !== '';
}

function checkRetry(consumer: string, { minMs, maxMs }: RedeliveryOptions): void {
  checkWholeNumber(`${consumer}.retry.maxMs`, maxMs, { min: 0, max: MAX_RETRY_MS });
  checkWholeNumber(`${consumer}.retry.minMs`, minMs, { min: 0, max: maxMs });
}

function invalid(path: string, value: unknown, bound: string): EventspanError {
  return new EventspanError('OPTION_INVALID', { path, value, bound });
}
