import { checkWholeNumber } from '../errors/check-option.js';
import { DEFAULT_DEADLINE_MS } from '../event-store/call-options.js';
import { CommandDispatcher } from '../consumers/commands/command-dispatcher.js';
import { dispatcherConsumer } from '../consumers/commands/dispatcher-consumer.js';
import { Subscription } from '../subscriptions/subscription.js';
import { SubscriptionEngine } from '../subscriptions/subscription-engine.js';
import type { AppEngine } from './app-engine.js';
import type { EngineParts } from './engine-parts.js';

const CALLER = 'dispatcher';
const DEFAULT_SIDE_BY_SIDE = 16;

/** What executes commands that were sent; none where the application handles no command, or is told not to. Throws `OPTION_INVALID`. */
export function createDispatcher({
  composition,
  registry,
  store,
  transport,
  owner,
  environment,
  options,
  suspects,
  telemetry,
  bus,
  onAppended,
}: EngineParts): readonly AppEngine[] {
  const { dispatch = {} } = options;
  if (bus === undefined || !composition.roles.has('consumers') || dispatch === false || registry.handled.size === 0) return [];
  const { sideBySide = DEFAULT_SIDE_BY_SIDE, deadlineMs = DEFAULT_DEADLINE_MS, ...tuning } = dispatch;
  checkWholeNumber('dispatch.sideBySide', sideBySide, { min: 1, max: 1_024 });
  checkWholeNumber('dispatch.deadlineMs', deadlineMs, { min: 1, max: 86_400_000 });
  const { clock, random, logger } = environment;
  const consumer = dispatcherConsumer(composition.name);
  const handler = new CommandDispatcher({
    store,
    commands: registry.handledCommands,
    execute: (command, given) => bus.execute(command, given),
    sideBySide,
    deadlineMs,
    source: composition.name,
    clock,
    caller: CALLER,
    onAppended,
  });
  const common = {
    consumer,
    transportConsumer: consumer,
    caller: CALLER,
    handler,
    store,
    owner,
    clock,
    random,
    logger,
    suspects,
    telemetry,
  };
  const create = (): Subscription => new Subscription({ ...tuning, ...common, ...(transport && { transport }) });
  return [new SubscriptionEngine({ name: consumer, consumer, create, clock, leaseMs: tuning.leaseMs })];
}
