import { TIMERS } from '../../../src/event-store/messaging-tables.js';
import { describeCommandClass } from '../../../src/messages/command.decorator.js';
import type { Constructor } from '../../../src/messages/constructor.js';
import type { EventRegistry } from '../../../src/messages/event-registry.js';
import { commandSentEvent, commandStreamOf, derivedCommandId } from '../../../src/messages/framework/command-events.js';
import type { Outgoing } from '../../../src/messaging/outgoing.js';
import type { Clock } from '../../../src/support/clock.js';
import { derivedId } from '../../../src/support/derived-id.js';
import { shardOf } from '../../../src/event-store/shard.js';

/** Commands and timers as texts and rows, without the parts of the application that make them. */
export function fakeOutgoing(registry: EventRegistry, clock: Clock, shardCount = 1): Outgoing {
  return {
    command(command, { id, ordinal, metadata, process }) {
      const commandId = derivedCommandId({ id, ordinal });
      const { name } = describeCommandClass(command.constructor as Constructor);
      const sender = process === undefined ? {} : { processName: process.name, processId: process.id };
      const note = { metadata: { ...metadata, ...sender }, nowMs: clock.now() };
      const event = commandSentEvent({ name, commandId, data: JSON.stringify(command) }, note);
      return { commandId, writes: [{ streamId: commandStreamOf(commandId), expectedVersion: 'none', events: [event] }], changes: [] };
    },
    timer(message, due, { id, ordinal, metadata, process }) {
      const timerId = derivedId(`timer/${id}/${ordinal}`);
      const dueAt = 'in' in due ? new Date(clock.now() + due.in) : due.at;
      const { type, data } = registry.serialize(message);
      const note = JSON.stringify({ ...metadata, processName: process?.name, processId: process?.id });
      const row = { shard: shardOf(timerId, shardCount), due_at: dueAt, timer_id: timerId, type, data, metadata: note };
      return { timerId, dueAt, writes: [], changes: [{ kind: 'insert', table: TIMERS, row }] };
    },
    cancelTimer({ timerId, dueAt }) {
      const row = { shard: shardOf(timerId, shardCount), due_at: dueAt, timer_id: timerId };
      return { writes: [], changes: [{ kind: 'delete', table: TIMERS, row }] };
    },
    task() {
      throw new Error('no process manager enqueues tasks');
    },
  };
}
