import { readFileSync } from 'node:fs';
import path from 'node:path';
import { METRICS, SPANS } from 'eventspan';
import { signalsPage } from '../../scripts/signals-page.cjs';
import { runBilling } from './support/engines-run.js';
import { openNotes, runNotes } from './support/instrumented-run.js';
import { Recorder, type Point } from './support/recorder.js';

/** Attributes by name of what a run told. */
function attributesByName(told: readonly { readonly name: string; readonly attributes: object }[]): Record<string, string[]> {
  const names = new Map<string, Set<string>>();
  for (const { name, attributes } of told) {
    const known = names.get(name) ?? new Set();
    names.set(name, known);
    for (const attribute of Object.keys(attributes)) known.add(attribute);
  }
  return Object.fromEntries([...names].map(([name, attributes]) => [name, [...attributes].sort()]));
}

function catalogue(table: Readonly<Record<string, { readonly attributes: object }>>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(table).map(([name, { attributes }]) => [name, ['eventspan.app', ...Object.keys(attributes)].sort()]),
  );
}

describe('the catalogue of signals', () => {
  let points: readonly Point[];
  let spans: readonly { readonly name: string; readonly attributes: object }[];

  beforeAll(async () => {
    const recorder = new Recorder();
    const app = await openNotes(recorder);
    await runNotes(app);
    const billing = await runBilling(recorder);
    points = await recorder.points();
    await app.stop();
    await billing.stop();
    spans = recorder.spans.map(({ name, attributes }) => ({ name: name.split(' ')[0]!, attributes }));
    await recorder[Symbol.asyncDispose]();
  });

  it('has every metric that a run tells, each with its attributes, and no other', () => {
    expect(attributesByName(points)).toEqual(catalogue(METRICS));
  });

  it('has every span that a run makes, each with its attributes, and no other', () => {
    expect(attributesByName(spans)).toEqual(catalogue(SPANS));
  });

  it('tells the words that it lists', () => {
    const told = (name: string, attribute: string): string[] =>
      [...new Set(points.filter((point) => point.name === name).map(({ attributes }) => String(attributes[attribute])))].toSorted();
    expect(told('eventspan.command.seconds', 'eventspan.outcome')).toEqual(['executed', 'failed', 'repeated']);
    expect(told('eventspan.append.seconds', 'eventspan.outcome')).toEqual(['appended', 'conflict', 'repeated']);
    expect(told('eventspan.publish.seconds', 'eventspan.outcome')).toEqual(['failed', 'published']);
    expect(told('eventspan.handler.seconds', 'eventspan.outcome')).toEqual(['failed', 'fault', 'handled']);
    expect(told('eventspan.consumer.shards', 'eventspan.state')).toEqual(['held', 'idle', 'retrying', 'stopped', 'working']);
    expect(told('eventspan.relay.shards', 'eventspan.state')).toEqual(['publishing', 'ready', 'retrying', 'stopped']);
    expect(told('eventspan.leases.changes', 'eventspan.change')).toEqual(['lost', 'taken']);
    expect(told('eventspan.leases.changes', 'eventspan.consumer')).toEqual([
      'commands.notes-app',
      'consumer.ledger',
      'projector:notes:v1',
      'queue.mails.feed',
      'relay',
    ]);
    expect(told('eventspan.consumer.given_up', 'eventspan.reason')).toEqual(['discarded', 'skipped']);
  });

  it.each(Object.entries(METRICS))('%s ends with its unit where that is time, so that all exporters spell it alike', (name, { unit }) => {
    expect(unit).toMatch(/^(s|\{\w+\})$/);
    expect(name.endsWith('.seconds')).toBe(unit === 's');
    expect(name).toMatch(/^eventspan\.[a-z_.]+$/);
  });
});

describe('docs/reference/signals.md', () => {
  it('says what the catalogue says (npm run docs:signals writes it)', () => {
    const page = readFileSync(path.join(__dirname, '../../docs/reference/signals.md'), 'utf8');
    expect(page).toBe(signalsPage(METRICS, SPANS));
  });
});
