import { derivedId } from '../../support/derived-id.js';

/** What cursors and the transport's subscriptions can be called everywhere. */
const PLAIN = /^[A-Za-z0-9._~+-]{1,100}$/;

/** The name of an application's dispatcher for cursors and transport: `commands.shop`; an id stands in for names that have no place there. */
export function dispatcherConsumer(application: string): string {
  return `commands.${PLAIN.test(application) ? application : derivedId(application)}`;
}
