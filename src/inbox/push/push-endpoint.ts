import { checkOneOf, checkWholeNumber } from '../../errors/check-option.js';
import { EventspanError, isEventspanError } from '../../errors/eventspan-error.js';
import type { ReceivedMessage } from '../../messaging/incoming-message.js';
import { systemClock, type Clock } from '../../support/clock.js';
import { within } from '../../support/within.js';
import { silentLogger, type Logger } from '../../telemetry/logger.js';
import type { MessageOutcome } from '../held-message.js';
import { boundedBody } from './bounded-body.js';
import { readPush, type PushFormat } from './push-message.js';
import { PushTokenCheck, type PushTokenOptions } from './push-token.js';

/** What takes pushed messages: an application. */
export interface PushReceiver {
  receive(consumer: string, message: ReceivedMessage): Promise<MessageOutcome>;
}

export interface PushEndpointOptions extends PushTokenOptions {
  readonly app: PushReceiver;
  /** The consumer that takes the messages; its `delivery` is `'push'` as a rule. */
  readonly consumer: string;
  /** Default `'wrapped'`, as of push subscriptions that do not say otherwise. */
  readonly format?: PushFormat;
  /** Bytes of a request's body, 1..20,000,000, default 14,000,000: a message of 10 MB in base64. */
  readonly maxBodyBytes?: number;
  /**
   * Milliseconds until a request is answered, 1..600,000, default 55,000; less than the subscription's ack deadline. A message that is not done
   * then is worked on, and its next delivery is told what became of it.
   */
  readonly timeoutMs?: number;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** Answers one request. Never rejects. */
export type PushHandler = (request: Request) => Promise<Response>;

const RETRY_AFTER_SECONDS = '1';
const STATUS_OF: Partial<Record<EventspanError['code'], number>> = {
  PUSH_TOKEN_REFUSED: 401,
  PUSH_MALFORMED: 400,
  PUSH_BODY_TOO_LARGE: 413,
  CONSUMER_BUSY: 503,
  CONSUMER_NOT_RUNNING: 503,
  PUSH_KEYS_UNAVAILABLE: 503,
};

/**
 * An HTTP endpoint for a Pub/Sub push subscription, as a function of a web `Request`; {@link nodePush} and {@link fastifyPush} put it into servers.
 *
 * - `204`: done, durably: handled, handled before, or not for this consumer. Pub/Sub forgets the message.
 * - `202`: it is a dead letter now, durably. Pub/Sub forgets it.
 * - `401`, `405`, `400`, `413`: no message of the subscription, or none that can be taken. Nothing is kept; Pub/Sub tries again, and at last gives
 *   it to the subscription's own dead-letter topic, where it has one.
 * - `503` with `Retry-After`: the consumer is at its bounds, or not done in time. Pub/Sub slows down and tries again. `500`: anything else.
 *
 * The token is checked before the body is read. Needs the package `jose`. Throws `OPTION_INVALID`.
 */
export function pushEndpoint(options: PushEndpointOptions): PushHandler {
  const { format = 'wrapped', maxBodyBytes = 14_000_000, timeoutMs = 55_000, clockToleranceSeconds = 30 } = options;
  checkOneOf('pushEndpoint.format', format, ['wrapped', 'unwrapped']);
  checkWholeNumber('pushEndpoint.maxBodyBytes', maxBodyBytes, { min: 1, max: 20_000_000 });
  checkWholeNumber('pushEndpoint.timeoutMs', timeoutMs, { min: 1, max: 600_000 });
  checkWholeNumber('pushEndpoint.clockToleranceSeconds', clockToleranceSeconds, { min: 0, max: 300 });
  checkAudience(options.audience);
  const { app, consumer, clock = systemClock, logger = silentLogger } = options;
  const token = new PushTokenCheck(options, clock);
  const take = async (request: Request): Promise<Response> => {
    if (request.method !== 'POST') return new Response(null, { status: 405, headers: { allow: 'POST' } });
    await token.check(request.headers.get('authorization'));
    const message = readPush(await boundedBody(request, maxBodyBytes), request.headers, format);
    return responseOf(await outcomeOf(app.receive(consumer, message), clock, timeoutMs));
  };
  return async (request) => {
    try {
      return await take(request);
    } catch (error) {
      const status = (isEventspanError(error) ? STATUS_OF[error.code] : undefined) ?? 500;
      const code = isEventspanError(error) ? error.code : undefined;
      logger[status === 500 ? 'error' : 'warn']({ consumer, status, code, error }, 'a pushed message was not taken');
      return refusal(status, code);
    }
  };
}

/** Undefined when its time is over. */
async function outcomeOf(receiving: Promise<MessageOutcome>, clock: Clock, timeoutMs: number): Promise<MessageOutcome | undefined> {
  return (await within(clock, timeoutMs, receiving)) ? receiving : undefined;
}

function responseOf(outcome: MessageOutcome | undefined): Response {
  if (outcome === undefined || outcome === 'given-back') return refusal(503, undefined);
  return new Response(null, { status: outcome === 'dead' ? 202 : 204 });
}

/** The code and nothing else: who sends forged requests learns no more. */
function refusal(status: number, code: string | undefined): Response {
  const retry = status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : undefined;
  const headers = { 'content-type': 'application/json', ...retry };
  return new Response(code === undefined ? '{}' : JSON.stringify({ code }), { status, headers });
}

function checkAudience(audience: unknown): void {
  const all: unknown[] = [audience].flat();
  if (all.length > 0 && all.every((each) => typeof each === 'string' && each !== '')) return;
  throw new EventspanError('OPTION_INVALID', { path: 'pushEndpoint.audience', value: audience, bound: 'a text, or several, none empty' });
}
