import { randomBytes } from 'node:crypto';

export type Service = 'spanner' | 'pubsub';

/** `found`, or why there is none; global-setup.ts has looked. */
function whyNot(service: Service): string | undefined {
  const found = JSON.parse(process.env['EVENTSPAN_TEST_EMULATORS'] ?? '{}') as Partial<Record<Service, string>>;
  const answer = found[service] ?? 'test/support/global-setup.ts has not run';
  return answer === 'found' ? undefined : answer;
}

/**
 * `describe` for suites that need an emulator, named `[service] title`. Without one the suite is skipped and its name says
 * why; reporter.cjs tells at the end of the run.
 */
export function describeWithEmulator(service: Service | readonly Service[], title: string, suite: () => void): void {
  const services = typeof service === 'string' ? [service] : service;
  const missing = services.map((name) => ({ name, reason: whyNot(name) })).find(({ reason }) => reason !== undefined);
  const name = `[${services.join('+')}] ${title}`;
  if (missing === undefined) describe(name, suite);
  else describe.skip(`${name} (skipped: no ${missing.name} emulator: ${missing.reason})`, suite);
}

/** The host of the run's own emulator, started at the first call of the run. Use names of your own in it: {@link uniqueName}. */
export async function emulatorHost(service: Service): Promise<string> {
  const response = await fetch(`${process.env['EVENTSPAN_TEST_BROKER']}/${service}`);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

/** `prefix-` and eight random hexadecimal digits: fits names of databases, topics and subscriptions. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}
