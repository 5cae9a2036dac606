// Negative type tests: every @ts-expect-error must be an error. Checked by `npm run check:types`; nothing here runs.
import { Event, Publisher, Publishes, publication, publish, type PublicationContext } from 'eventspan';

@Event('types.opened')
class Opened {
  constructor(readonly owner: string) {}
}

@Event('types.closed')
class Closed {
  constructor(readonly reason: string) {}
}

@Event('types.public-opened')
class PublicOpened {
  constructor(readonly by: string) {}
}

@Publisher('accounts-public', { topic: 'accounts', emits: [PublicOpened], onError: 'stop' })
export class AccountsPublic {
  @Publishes(Opened)
  opened(event: Opened, context: PublicationContext): PublicOpened {
    return new PublicOpened(event.owner + context.streamId);
  }

  @Publishes(Closed, { onError: 'park', timeoutMs: 100 })
  async closed(_event: Closed): Promise<PublicOpened | undefined> {
    return Promise.resolve(undefined);
  }

  @Publishes()
  several(_event: Opened): PublicOpened[] {
    return [];
  }

  // @ts-expect-error the method takes another event
  @Publishes(Opened)
  wrongEvent(_event: Closed): undefined {
    return undefined;
  }

  // @ts-expect-error the second argument is a PublicationContext
  @Publishes(Opened)
  wrongContext(_event: Opened, _context: string): undefined {
    return undefined;
  }

  // @ts-expect-error text is no integration event
  @Publishes(Opened)
  wrongResult(_event: Opened): string {
    return '';
  }

  // @ts-expect-error nor is a promise of text
  @Publishes(Opened)
  wrongPromise(_event: Opened): Promise<string> {
    return Promise.resolve('');
  }

  // @ts-expect-error nor is a list of them
  @Publishes(Opened)
  wrongList(_event: Opened): string[] {
    return [];
  }

  // @ts-expect-error there is no such way
  @Publishes(Opened, { onError: 'ignore' })
  wrongWay(_event: Opened): undefined {
    return undefined;
  }

  // @ts-expect-error there is no parameter to take the class from
  @Publishes()
  noParameter(): undefined {
    return undefined;
  }
}

publication({ name: 'p', topic: 't', retry: { attempts: 2 }, events: [publish(Opened, ({ owner }) => new PublicOpened(owner))] });
publish(Opened, async ({ owner }, { streamId }) => [new PublicOpened(owner), new PublicOpened(streamId)], { onError: 'skip' });
publish(Opened, () => undefined);

// @ts-expect-error the function takes another event
publish(Opened, (_event: Closed) => undefined);

// @ts-expect-error text is no integration event
publish(Opened, () => 'opened');

// @ts-expect-error null is neither an event nor the sign for none
publish(Opened, () => null);

// @ts-expect-error nor is a promise of it
publish(Opened, async () => Promise.resolve(7));

// @ts-expect-error a publication has a topic
publication({ name: 'p', events: [] });

// @ts-expect-error so has a publisher
Publisher('p', {});
