import type * as Jose from 'jose';
import { EventspanError, isEventspanError } from '../../errors/eventspan-error.js';
import type { Clock } from '../../support/clock.js';
import { messageOf } from '../../support/message-of.js';

/** Public keys as a JSON Web Key Set, or where they are read. */
export type PushKeys = { readonly keys: readonly object[] } | { readonly url: string };

export interface PushTokenOptions {
  /** As the push subscription says; as a rule the endpoint's URL. */
  readonly audience: string | readonly string[];
  /** Default: Google's. */
  readonly issuer?: string | readonly string[];
  /** The service account of the push subscription; its address must be verified. Default: any, which is right where the audience is a secret. */
  readonly email?: string | readonly string[];
  /** Default: Google's keys, read when they are first needed, and again as they change; at most every 30 seconds. */
  readonly keys?: PushKeys;
  /** Seconds that clocks may differ, 0..300, default 30. */
  readonly clockToleranceSeconds?: number;
}

const GOOGLE_ISSUERS = ['https://accounts.google.com', 'accounts.google.com'];
const GOOGLE_KEYS = 'https://www.googleapis.com/oauth2/v3/certs';
const BEARER = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i;
/** Keys of a set that is given, or is read, are asymmetric: a token signed with anything else is refused. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384'];
const MAX_TOKEN_CHARACTERS = 16_384;
/** Codes of errors of jose that are about the keys and not about the token. */
const KEY_FAULTS = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC']);

/** Checks the OpenID Connect tokens of push subscriptions: signature, issuer, audience, times and the account. Safe to use concurrently. */
export class PushTokenCheck {
  private parts: Promise<{ readonly jose: typeof Jose; readonly keys: Jose.JWTVerifyGetKey }> | undefined;

  constructor(
    private readonly options: PushTokenOptions,
    private readonly clock: Clock,
  ) {}

  /** Throws `PUSH_TOKEN_REFUSED`, `PUSH_KEYS_UNAVAILABLE`, `PACKAGE_MISSING`. */
  async check(authorization: string | null): Promise<void> {
    const token = tokenOf(authorization);
    this.parts ??= this.load();
    const { jose, keys } = await this.parts.catch((error: unknown) => {
      this.parts = undefined;
      throw error;
    });
    const { audience, issuer = GOOGLE_ISSUERS, clockToleranceSeconds = 30 } = this.options;
    try {
      const { payload } = await jose.jwtVerify(token, keys, {
        audience: [audience].flat(),
        issuer: [issuer].flat(),
        algorithms: ALGORITHMS,
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(this.clock.now()),
        requiredClaims: ['exp', 'iat'],
      });
      this.checkEmail(payload);
    } catch (error) {
      throw faultOf(error);
    }
  }

  private checkEmail({ email, email_verified: isVerified }: Jose.JWTPayload): void {
    const { email: wanted } = this.options;
    if (wanted === undefined) return;
    const isWanted = typeof email === 'string' && [wanted].flat().includes(email);
    if (!isWanted) throw refused('it is of another account');
    if (isVerified !== true) throw refused('its account is not verified');
  }

  private async load(): Promise<{ readonly jose: typeof Jose; readonly keys: Jose.JWTVerifyGetKey }> {
    const jose = await loadJose();
    const { keys = { url: GOOGLE_KEYS } } = this.options;
    if ('url' in keys) return { jose, keys: jose.createRemoteJWKSet(new URL(keys.url)) };
    return { jose, keys: jose.createLocalJWKSet({ keys: [...keys.keys] as Jose.JWK[] }) };
  }
}

function tokenOf(authorization: string | null): string {
  const isShort = authorization !== null && authorization.length <= MAX_TOKEN_CHARACTERS;
  const token = isShort ? BEARER.exec(authorization)?.[1] : undefined;
  if (token === undefined) throw refused('the request has no bearer token');
  return token;
}

function faultOf(error: unknown): EventspanError {
  if (isEventspanError(error)) return error;
  const { code } = error as { readonly code?: unknown };
  const isKeyFault = typeof code !== 'string' || KEY_FAULTS.has(code);
  if (isKeyFault) return new EventspanError('PUSH_KEYS_UNAVAILABLE', { reason: messageOf(error) }, { cause: error });
  return refused(messageOf(error), error);
}

async function loadJose(): Promise<typeof Jose> {
  try {
    return await import('jose');
  } catch (cause) {
    throw new EventspanError('PACKAGE_MISSING', { packageName: 'jose', usedBy: 'pushEndpoint({...})', install: 'jose' }, { cause });
  }
}

function refused(reason: string, cause?: unknown): EventspanError {
  return new EventspanError('PUSH_TOKEN_REFUSED', { reason }, { cause });
}
