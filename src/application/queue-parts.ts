import type { AppendResult } from '../event-store/append.js';
import type { EnqueueParts } from '../queues/enqueue.js';
import { OutgoingTasks } from '../queues/outgoing-tasks.js';
import { QueueEngine } from '../queues/queue-engine.js';
import type { ResolvedQueue } from '../queues/queue-definition.js';
import { StoredTasks } from '../queues/stored-tasks.js';
import { TaskRunner } from '../queues/task-runner.js';
import { Subscription } from '../subscriptions/subscription.js';
import { uuidV7 } from '../support/uuid-v7.js';
import { contextIn } from './context-in.js';
import type { EngineParts, ProcessParts } from './engine-parts.js';
import { topicNamed } from './open-topics.js';
import { commonSubscriptionOptions } from './subscription-parts.js';
import type { TimerParts } from './timer-parts.js';

/** How tasks are put into queues from outside of handlers. */
export function createEnqueueing(
  { registry, composition, store, options, telemetry }: ProcessParts,
  { outgoing }: Pick<TimerParts, 'outgoing'>,
  onAppended: (result: AppendResult) => void,
): EnqueueParts {
  const timed: ConstructorParameters<typeof OutgoingTasks>[0]['timed'] = (message) => outgoing.entry(message);
  const tasks = new OutgoingTasks({ tasks: registry.tasks, source: composition.name, now: () => outgoing.now(), timed });
  return { store, outgoing: tasks, ids: options.ids ?? uuidV7(), context: () => contextIn(telemetry), onAppended };
}

/** The queues of a process with the role `consumers`. Throws `TOPIC_UNKNOWN`, `OPTION_INVALID`. */
export function createQueues(parts: EngineParts): readonly QueueEngine[] {
  const { composition, registry } = parts;
  return composition.roles.has('consumers') ? registry.queues.map((queue) => queueEngine(queue, parts)) : [];
}

/** What is to be done with tasks that wait or are dead. */
export function createStoredTasks({ store, environment }: ProcessParts, queues: readonly QueueEngine[]): StoredTasks {
  const notify = (queue: string): void => queues.find(({ name }) => name === `queue.${queue}`)?.nudge();
  return new StoredTasks({ store, clock: environment.clock, notify });
}

function queueEngine(queue: ResolvedQueue, parts: EngineParts): QueueEngine {
  const { registry, store, topics, owner, environment, outgoing, onAppended, telemetry } = parts;
  const { clock, random, logger } = environment;
  return new QueueEngine({
    queue,
    store,
    owner,
    clock,
    logger,
    runner: new TaskRunner({ queue, store, tasks: registry.tasks, outgoing, clock, random, logger, telemetry, onAppended }),
    topic: queue.topic === undefined ? undefined : topicNamed(topics, queue.topic, `the work queue ${queue.name}`),
    createFeed: (consumer, handler) =>
      new Subscription({
        ...commonSubscriptionOptions(parts),
        consumer,
        transportConsumer: consumer,
        caller: 'queue',
        handler,
        batchSize: 100,
      }),
  });
}
