import type { CommandBus } from '../command-handling/command-bus.js';
import { CommandDispatcher } from '../consumers/commands/command-dispatcher.js';
import { dispatcherConsumer } from '../consumers/commands/dispatcher-consumer.js';
import { checkWholeNumber } from '../errors/check-option.js';
import { DEFAULT_DEADLINE_MS } from '../event-store/call-options.js';
import { Subscription } from '../subscriptions/subscription.js';
import { SubscriptionEngine } from '../subscriptions/subscription-engine.js';
import type { AppEngine } from './app-engine.js';
import type { EngineParts } from './engine-parts.js';
import type { DispatchSettings } from './options.js';
import { commonSubscriptionOptions } from './subscription-parts.js';

const CALLER = 'dispatcher';
const DEFAULT_SIDE_BY_SIDE = 16;

/** What executes commands that were sent; none where the application handles no command, or is told not to. Throws `OPTION_INVALID`. */
export function createDispatcher(parts: EngineParts): readonly AppEngine[] {
  const { composition, registry, options, bus, environment } = parts;
  const { dispatch = {} } = options;
  if (bus === undefined || !composition.roles.has('consumers') || dispatch === false || registry.handled.size === 0) return [];
  const { sideBySide: _, deadlineMs: __, ...tuning } = dispatch;
  const consumer = dispatcherConsumer(composition.name);
  const own = { consumer, transportConsumer: consumer, caller: CALLER, handler: handlerOf(parts, bus, dispatch) };
  const create = (): Subscription => new Subscription({ ...tuning, ...own, ...commonSubscriptionOptions(parts) });
  const { clock } = environment;
  return [new SubscriptionEngine({ name: consumer, consumer, create, clock, leaseMs: tuning.leaseMs })];
}

function handlerOf(
  { composition, registry, store, environment, onAppended, telemetry }: EngineParts,
  bus: CommandBus,
  settings: DispatchSettings,
): CommandDispatcher {
  const { sideBySide = DEFAULT_SIDE_BY_SIDE, deadlineMs = DEFAULT_DEADLINE_MS } = settings;
  checkWholeNumber('dispatch.sideBySide', sideBySide, { min: 1, max: 1_024 });
  checkWholeNumber('dispatch.deadlineMs', deadlineMs, { min: 1, max: 86_400_000 });
  return new CommandDispatcher({
    store,
    commands: registry.handledCommands,
    execute: (command, options) => bus.execute(command, options),
    sideBySide,
    deadlineMs,
    source: composition.name,
    clock: environment.clock,
    caller: CALLER,
    telemetry,
    onAppended,
  });
}
