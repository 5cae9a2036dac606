/** Makes docs/reference/signals.md of the catalogue of signals. `node scripts/signals-page.cjs` writes it from the build in dist. */
const fs = require('node:fs');
const path = require('node:path');

/** As every exporter for Prometheus spells a metric: dots are underscores, a counter ends in `_total`. */
function prometheusName(name, kind) {
  return name.replace(/\W/g, '_') + (kind === 'counter' ? '_total' : '');
}

function attributesOf(attributes) {
  const entries = Object.entries(attributes);
  return entries.length === 0 ? '' : `\n\n${entries.map(([name, text]) => `- \`${name}\`: ${text}`).join('\n')}`;
}

function metric(name, { kind, unit, description, when, attributes }) {
  const spelled = prometheusName(name, kind) + (kind === 'histogram' ? '_bucket`, `_sum`, `_count' : '');
  const unitText = unit === 's' ? 'seconds' : unit.replace(/[{}]/g, '');
  return `### ${name}\n\n${description} ${when}\n\n_${kind}, ${unitText}_ · Prometheus: \`${spelled}\`${attributesOf(attributes)}\n`;
}

function span(name, { kind, description, when, parent, label, attributes }) {
  const title = label === undefined ? name : `${name} <${label}>`;
  return `### ${name}\n\n${description} ${when}\n\n_${kind}_ · named \`${title}\` · **Parent:** ${parent}${attributesOf(attributes)}\n`;
}

function signalsPage(metrics, spans) {
  const head = [
    '# Signals',
    '',
    'What Eventspan tells by OpenTelemetry. Everything has the attribute `eventspan.app`: the name of the application. No signal carries a payload or the message of an error.',
    'Counters and gauges are read when a metrics reader collects, from what the engines know; histograms are recorded. See [observing](../guides/observing.md).',
    'This page is made from the catalogue in `src/telemetry` by `npm run docs:signals`; tests fail when they differ, and when a run tells something that is not here.',
    '',
    '## Spans',
    '',
  ];
  const sections = (table, section) => Object.keys(table).map((name) => section(name, table[name]));
  return `${head.join('\n')}\n${sections(spans, span).join('\n')}\n## Metrics\n\n${sections(metrics, metric).join('\n')}`;
}

module.exports = { prometheusName, signalsPage };
if (require.main === module) {
  const { METRICS } = require('../dist/telemetry/signals.js');
  const { SPANS } = require('../dist/telemetry/span-signals.js');
  fs.writeFileSync(path.join(__dirname, '../docs/reference/signals.md'), signalsPage(METRICS, SPANS));
}
