import { Event, commandHandler, type Eventspan } from 'eventspan';
import { AppWorld, wholeLog } from './support/app-world.js';
import { DyingProcess, type Death } from './support/dying-store.js';
import { Check, Reserve, SendMail, stock } from './support/shop.js';

@Event('mail.noted')
class MailNoted {
  constructor(readonly to: string) {}
}

const noting = commandHandler(SendMail, ({ to }, { repository }) => repository.appendEvents('mails', [new MailNoted(to)]));
const handlers = { aggregates: [stock], commandHandlers: [noting], events: [MailNoted] };
const dispatch = { leaseMs: 1_000, tailCheckMs: 200, retry: { attempts: 3, initialMs: 5 } };

interface Run {
  readonly victim: DyingProcess;
  readonly outcomes: readonly string[];
  readonly recorded: readonly string[];
  readonly outcomesInLog: number;
}

/** Five commands, and a process that ends at one of its requests while it executes them; another one takes over. */
async function run(death?: Death): Promise<Run> {
  const world = new AppWorld({ shards: 2 });
  const sender = await world.started({ ...handlers, dispatch: false, roles: ['commands', 'relay'] });
  const sent: string[] = [];
  for (const command of [new Reserve('pen', 60), new SendMail('ann'), new Check('pen'), new Reserve('ink', 101), new Reserve('cup', 1)]) {
    sent.push((await sender.send(command)).commandId);
  }
  const victim = new DyingProcess(death);
  const first = await world.open({ ...handlers, dispatch, store: victim.provider(world.store), roles: ['commands', 'consumers'] });
  world.apps.pop();
  victim.count();
  void first.start().catch(() => undefined);
  if (death !== undefined) await world.until(() => victim.isDead, 'it is dead');
  else for (const id of sent) await world.settled(sender, id);
  const count = victim.requests;
  await world.clock.advance(100);
  const heir = await world.started({ ...handlers, dispatch, roles: ['commands', 'consumers'] });
  const outcomes: string[] = [];
  for (const id of sent) outcomes.push((await world.settled(heir, id)).state);
  await world.clock.advance(3_000); // whatever else the heir might do
  const log = await wholeLog(sender);
  const result = {
    victim: Object.assign(victim, { requests: count }),
    outcomes,
    recorded: log
      .filter(({ type }) => !type.startsWith('eventspan.'))
      .map(({ streamId, data }) => `${streamId} ${data}`)
      .toSorted(),
    outcomesInLog: log.filter(({ type }) => /executed|refused/.test(type)).length,
  };
  if (death === undefined) await world.run(first.stop());
  await close(world, sender, heir);
  return result;
}

async function close(world: AppWorld, ...apps: readonly Eventspan[]): Promise<void> {
  await world.run(Promise.all(apps.map((app) => app.stop())));
}

describe('a process that ends while it executes commands that were sent', () => {
  let requests = 0;
  beforeAll(async () => {
    requests = (await run()).victim.requests;
  });

  it('has several requests to die at', () => expect(requests).toBeGreaterThan(12));

  it.each(['before', 'after'] as const)('whichever it dies %s, every command takes effect once and has one outcome', async (when) => {
    for (let request = 1; request <= requests; request++) {
      const { outcomes, recorded, outcomesInLog, victim } = await run({ request, when });
      expect({ request, outcomes }).toEqual({ request, outcomes: ['executed', 'executed', 'executed', 'refused', 'executed'] });
      expect(recorded).toEqual(['mails {"to":"ann"}', 'stock-cup {"amount":1}', 'stock-pen {"amount":60}']);
      expect(outcomesInLog).toBe(5);
      expect(victim.isDead).toBe(true);
    }
  });
});
