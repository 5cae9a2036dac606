import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { ERROR_CODES, METRICS } from 'eventspan';
import { dashboard } from '../../scripts/dashboard.cjs';
import { prometheusName } from '../../scripts/signals-page.cjs';
import { runBilling } from './support/engines-run.js';
import { openNotes, runNotes } from './support/instrumented-run.js';
import { Recorder } from './support/recorder.js';

const folder = path.join(__dirname, '../../docs/operations');
const file = (name: string): string => readFileSync(path.join(folder, name), 'utf8');
const alerts = file('alerts.yml');

interface Series {
  readonly names: ReadonlySet<string>;
  readonly labels: ReadonlySet<string>;
}

/** The names of series and labels as the real exporter spells them in an instrumented run. */
async function seriesOfARun(): Promise<Series> {
  const recorder = new Recorder();
  const app = await openNotes(recorder);
  await runNotes(app);
  await runBilling(recorder);
  const text = new PrometheusSerializer().serialize(await recorder.collect());
  await recorder[Symbol.asyncDispose]();
  const lines = text.split('\n').filter((line) => line.startsWith('eventspan_'));
  return {
    names: new Set(lines.map((line) => /^\w+/.exec(line)![0])),
    labels: new Set(lines.flatMap((line) => [...line.matchAll(/[{,](\w+)="/g)].map((match) => match[1]!))),
  };
}

const namesIn = (expression: string): string[] => [...expression.matchAll(/\beventspan_\w+/g)].map((match) => match[0]);

describe('alerts and dashboard', () => {
  let series: Series;
  beforeAll(async () => {
    series = await seriesOfARun();
  });

  const unknown = (names: readonly string[]): string[] => names.filter((name) => !series.names.has(name) && !series.labels.has(name));

  it('name only metrics and labels that a run exports', () => {
    const inAlerts = namesIn(alerts);
    const inDashboard = namesIn(file('dashboard.json'));
    expect(unknown(inAlerts)).toEqual([]);
    expect(unknown(inDashboard)).toEqual([]);
    expect(inAlerts.length).toBeGreaterThan(30);
    expect(inDashboard.length).toBeGreaterThan(80);
  });

  it('compare the labels with words that the catalogue has', () => {
    const words = new Set(
      Object.values(METRICS).flatMap(({ attributes }) => Object.values<string>(attributes).flatMap((text) => text.match(/[a-z]+/g) ?? [])),
    );
    const compared = [...`${alerts}${JSON.stringify(dashboard())}`.matchAll(/(eventspan_(?:outcome|state|change))!?=\\*"(\w+)\\*"/g)];
    expect(compared.length).toBeGreaterThan(5);
    for (const [, , word] of compared) expect(words).toContain(word);
    const codes = /error_type=~"([A-Z_|]+)"/.exec(alerts)![1]!.split('|');
    expect(codes.filter((code) => !(code in ERROR_CODES))).toEqual([]);
  });

  it.each(Object.entries(METRICS))('%s is spelled by the exporter as the reference says', (name, { kind }) => {
    const spelled = prometheusName(name, kind) + (kind === 'histogram' ? '_bucket' : '');
    expect(series.names).toContain(spelled);
  });

  it('the dashboard is what its script makes (npm run docs:signals writes it)', () => {
    expect(JSON.parse(file('dashboard.json'))).toEqual(dashboard());
  });
});

/** Debian's package `prometheus` has it. */
const promtool = process.env['PROMTOOL'] ?? 'promtool';
const isThere = spawnSync(promtool, ['--version']).status === 0;
(isThere ? describe : describe.skip)(`promtool${isThere ? '' : ' (skipped: it is not on the PATH, and PROMTOOL does not name it)'}`, () => {
  const run = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(promtool, args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${stdout}\n${stderr}`);
    return stdout;
  };

  it('finds no fault in the rules', () => {
    expect(run('check', 'rules', 'alerts.yml')).toContain('SUCCESS');
  });

  it('reads every query of the dashboard', () => {
    const queries = [...file('dashboard.json').matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map((match) => JSON.parse(match[1]!) as string);
    const rules = queries.map((query, at) => ({
      record: `panel:${at}`,
      expr: query.replaceAll('$__rate_interval', '5m').replaceAll('$app', '.*'),
    }));
    const scratch = mkdtempSync(path.join(tmpdir(), 'eventspan-rules-'));
    writeFileSync(path.join(scratch, 'panels.yml'), JSON.stringify({ groups: [{ name: 'panels', rules }] }));
    expect(run('check', 'rules', path.join(scratch, 'panels.yml'))).toContain(`${queries.length} rules found`);
    rmSync(scratch, { recursive: true });
  });

  it('sees the rules fire when they should, and only then', () => {
    expect(run('test', 'rules', 'alerts.test.yml')).toContain('SUCCESS');
  });
});
