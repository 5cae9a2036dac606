import { checkProject, optionInvalid, subscriptionName, topicName } from './resource-names.js';

export interface PubSubOptions {
  /** The Google Cloud project. */
  readonly project: string;
  /** The topic's id in the project: 3 to 255 characters. */
  readonly topic: string;
  /** The subscription's id for a consumer. Default: `<topic>.<consumer>`. Different consumers must get different ids. */
  readonly subscription?: (consumer: string) => string;
  /**
   * What happens to topic and subscriptions when they are used: `'create'` makes and updates them, `'check'` compares them (a
   * missing one throws `TRANSPORT_MISSING`), `'off'` takes them as they are. Default: `'create'` on an emulator, else `'check'`.
   */
  readonly ensure?: 'create' | 'check' | 'off';
  /** Seconds until a message of a dead process goes to another, 10..600, default 60. Live ones extend it. */
  readonly ackDeadlineSeconds?: number;
  /** Milliseconds for one publish request, 100..60,000, default 10,000. */
  readonly publishTimeoutMs?: number;
  /** `host:port` of an emulator. Default: the environment's `PUBSUB_EMULATOR_HOST`, unless `apiEndpoint` is given. */
  readonly emulatorHost?: string;
  /** For example `europe-west1-pubsub.googleapis.com`: Pub/Sub keeps the order of a key within one region only. */
  readonly apiEndpoint?: string;
  /** Further options of the client's constructor (`credentials`, `keyFilename`, ...). */
  readonly client?: Readonly<Record<string, unknown>>;
}

export const DEFAULT_PUBSUB_OPTIONS = Object.freeze({ ackDeadlineSeconds: 60, publishTimeoutMs: 10_000 });

/** {@link PubSubOptions} checked and completed. */
export interface PubSubSettings {
  readonly project: string;
  /** `projects/<project>/topics/<topic>` */
  readonly topic: string;
  /** `projects/<project>/subscriptions/<id>`; throws `OPTION_INVALID` for a consumer whose id is not allowed. */
  readonly subscriptionOf: (consumer: string) => string;
  readonly ensure: 'create' | 'check' | 'off';
  readonly ackDeadlineSeconds: number;
  readonly publishTimeoutMs: number;
  readonly emulatorHost?: string;
  readonly apiEndpoint?: string;
  readonly client: Readonly<Record<string, unknown>>;
}

/** Throws `OPTION_INVALID`. */
export function resolvePubSubOptions(options: PubSubOptions, environment: NodeJS.ProcessEnv = process.env): PubSubSettings {
  const project = checkProject(options.project);
  const address = addressOf(options, environment);
  const idOf = options.subscription ?? ((consumer: string) => `${options.topic}.${consumer}`);
  return {
    project,
    topic: topicName(project, options.topic),
    subscriptionOf: (consumer) => subscriptionName(project, idOf(consumer)),
    ensure: checkEnsure(options.ensure ?? (address.emulatorHost === undefined ? 'check' : 'create')),
    ackDeadlineSeconds: checkInteger('ackDeadlineSeconds', options.ackDeadlineSeconds, [10, 600]),
    publishTimeoutMs: checkInteger('publishTimeoutMs', options.publishTimeoutMs, [100, 60_000]),
    client: options.client ?? {},
    ...address,
  };
}

function addressOf(
  { emulatorHost, apiEndpoint }: PubSubOptions,
  environment: NodeJS.ProcessEnv,
): Pick<PubSubSettings, 'emulatorHost' | 'apiEndpoint'> {
  if (emulatorHost !== undefined) return { emulatorHost };
  if (apiEndpoint !== undefined) return { apiEndpoint };
  const fromEnvironment = environment.PUBSUB_EMULATOR_HOST ?? '';
  return fromEnvironment === '' ? {} : { emulatorHost: fromEnvironment };
}

function checkInteger(name: keyof typeof DEFAULT_PUBSUB_OPTIONS, given: number | undefined, [least, most]: [number, number]): number {
  const value = given ?? DEFAULT_PUBSUB_OPTIONS[name];
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw optionInvalid(`pubsub.${name}`, value, `an integer from ${least} to ${most}`);
}

function checkEnsure(value: 'create' | 'check' | 'off'): 'create' | 'check' | 'off' {
  if (['create', 'check', 'off'].includes(value)) return value;
  throw optionInvalid('pubsub.ensure', value, 'create, check or off');
}
