import { memory, type Eventspan } from 'eventspan';
import { Paid } from '../projections/support/domain.js';
import { Library } from './support/library.js';
import { mortal } from './support/mortal-store.js';
import { book } from './support/projectors.js';

const EVENTS = 20;
const QUICK = { leaseMs: 2_000, tailCheckMs: 200, pollMs: 500, liveCacheMs: 200 } as const;

/** What happens in a process that dies on the way, what is true in the end, by whoever goes on. */
interface Story {
  readonly before?: (library: Library, app: Eventspan) => Promise<void>;
  readonly version: number;
  readonly deed: (app: Eventspan) => Promise<unknown>;
  readonly isOver: (states: readonly string[]) => boolean;
  readonly surcharged: boolean;
}

/** Answers whether the process died before the story was over. */
async function run(story: Story, at: { readonly write: number; readonly when: 'before' | 'after' }): Promise<{ readonly died: boolean }> {
  const store = memory({ shards: 2 });
  const library = new Library(store);
  const first = await library.started({ projectors: [book(1)], projections: QUICK });
  await library.run(first.caughtUp('book', await library.pay(first, EVENTS)));
  await story.before?.(library, first);
  await library.run(first.stop());

  const code = [book(1), ...(story.version === 2 ? [book(2, { surcharge: 1 })] : [])];
  const victim = mortal(store, at);
  const dying = await library.open({ store: victim.provider, projectors: code, projections: QUICK });
  library.apps.splice(library.apps.indexOf(dying), 1); // a killed process is not stopped
  let failed: unknown;
  const going = dying
    .start()
    .then(() => story.deed(dying))
    .catch((error: unknown) => (failed = error));
  void going;
  const observer = await library.open({ projectors: code, roles: ['commands'], projections: QUICK });
  for (let steps = 0; steps < 2_000 && !victim.isDead() && !story.isOver(await library.states(observer)); steps++)
    await library.clock.advance(20);
  expect(failed).toBeUndefined();
  const died = victim.isDead();
  victim.spare();
  if (!died) await library.run(dying.stop());

  const heir = await library.started({ projectors: code, projections: QUICK });
  if (died && !story.isOver(await library.states(heir))) await goOn(library, heir, story);
  const end = await library.append(heir, 'acc-1', new Paid('c-0', 1));
  await library.run(heir.caughtUp('book', end, { timeoutMs: 60_000 }));
  const payments = EVENTS + 1;
  expect(await library.seen(heir)).toEqual({ total: story.surcharged ? 2 * payments : payments, payments, counted: payments });
  expect((await library.states(heir)).filter((state) => state.endsWith('live'))).toHaveLength(1);
  await library.close();
  return { died };
}

/** The wish was on record when the process died, or it was not: then the operator, who had no answer, says it again. */
async function goOn(library: Library, heir: Eventspan, story: Story): Promise<void> {
  for (let steps = 0; steps < 400 && !story.isOver(await library.states(heir)); steps++) {
    if (steps === 200) await library.run(story.deed(heir).catch(() => undefined));
    await library.clock.advance(50);
  }
  expect(await library.states(heir)).toSatisfyStory(story);
}

expect.extend({
  toSatisfyStory(states: readonly string[], story: Story) {
    return { pass: story.isOver(states), message: () => `the story is not over: ${states.join(', ')}` };
  },
});

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- how jest's matchers are declared
  namespace jest {
    interface Matchers<R> {
      toSatisfyStory(story: Story): R;
    }
  }
}

const STORIES: Readonly<Record<string, Story>> = {
  'filling a new version and switching to it': {
    version: 2,
    deed: async () => undefined,
    isOver: (states) => states.includes('2.0 live'),
    surcharged: true,
  },
  'rebuilding the same version': {
    version: 1,
    deed: (app) => app.projections.rebuild('book'),
    isOver: (states) => states.some((state) => /^1\.[1-9]\d* live$/.test(state)),
    surcharged: false,
  },
  cancelling: {
    version: 1,
    deed: async (app) => {
      await app.projections.rebuild('book', { switch: 'manual' }).catch(() => undefined);
      await app.projections.cancel('book');
    },
    isOver: (states) => states.some((state) => state.endsWith('cancelled')),
    surcharged: false,
  },
  'rolling back': {
    version: 1,
    before: async (library, app) => {
      await library.run(app.projections.finished(await library.run(app.projections.rebuild('book'))));
    },
    deed: (app) => app.projections.rollback('book'),
    isOver: (states) => states.includes('1.0 live'),
    surcharged: false,
  },
};

describe.each(Object.entries(STORIES))('[memory] %s', (_, story) => {
  it.each(['before', 'after'] as const)(
    'goes on in another process after a kill just %s any write',
    async (when) => {
      for (let write = 1; ; write++) {
        const { died } = await run(story, { write, when });
        if (!died) {
          expect(write).toBeGreaterThan(8);
          return;
        }
      }
    },
    300_000,
  );
});
