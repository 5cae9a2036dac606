/**
 * Makes docs/operations/dashboard.json, a Grafana dashboard over Prometheus. `node scripts/dashboard.cjs` writes it.
 * Which panels there are is data; a test holds every metric and label in them to the catalogue.
 */
const fs = require('node:fs');
const path = require('node:path');

const app = 'eventspan_app=~"$app"';
const of = (...labels) => `{${[app, ...labels].join(',')}}`;
const rate = (metric, ...labels) => `rate(${metric}${of(...labels)}[$__rate_interval])`;
const sum = (by, expression) => `sum by (${by}) (${expression})`;
const max = (by, expression) => `max by (${by}) (${expression})`;
const quantile = (q, metric, by = 'eventspan_app') => `histogram_quantile(${q}, ${sum(`${by}, le`, rate(`${metric}_bucket`))})`;
const CONSUMER = 'eventspan_app, eventspan_consumer';
const byConsumer = '{{eventspan_consumer}}';

/** Rows of panels: title, unit, and queries with their legends. */
const ROWS = [
  [
    'Commands',
    [
      ['Commands by outcome', 'ops', [[sum('eventspan_outcome', rate('eventspan_command_seconds_count')), '{{eventspan_outcome}}']]],
      [
        'Time of a command, p50 and p99',
        's',
        [
          [quantile(0.5, 'eventspan_command_seconds'), 'p50'],
          [quantile(0.99, 'eventspan_command_seconds'), 'p99'],
        ],
      ],
      [
        'Failures by kind',
        'ops',
        [
          [
            sum('eventspan_command, error_type', rate('eventspan_command_seconds_count', 'eventspan_outcome="failed"')),
            '{{eventspan_command}} {{error_type}}',
          ],
        ],
      ],
      [
        'Conflicts and retries',
        'ops',
        [
          [sum('eventspan_app', rate('eventspan_commands_conflicts_total')), 'conflicts'],
          [sum('eventspan_app', rate('eventspan_commands_retries_total')), 'retries'],
        ],
      ],
    ],
  ],
  [
    'Store',
    [
      [
        'Time of an append, p50 and p99',
        's',
        [
          [quantile(0.5, 'eventspan_append_seconds'), 'p50'],
          [quantile(0.99, 'eventspan_append_seconds'), 'p99'],
        ],
      ],
      ['Appends by outcome', 'ops', [[sum('eventspan_outcome', rate('eventspan_append_seconds_count')), '{{eventspan_outcome}}']]],
      [
        'Requests by caller and method',
        'ops',
        [[sum('eventspan_caller, eventspan_method', rate('eventspan_rpcs_total')), '{{eventspan_caller}} {{eventspan_method}}']],
      ],
      [
        'Lease changes',
        'ops',
        [
          [
            sum('eventspan_consumer, eventspan_change', rate('eventspan_leases_changes_total')),
            '{{eventspan_consumer}} {{eventspan_change}}',
          ],
        ],
      ],
    ],
  ],
  [
    'Relay',
    [
      ['Events published', 'ops', [[sum('eventspan_app', rate('eventspan_relay_events_total')), '{{eventspan_app}}']]],
      [
        'Lag',
        's',
        [
          [max('eventspan_app', `eventspan_relay_lag_seconds${of()}`), 'oldest'],
          [quantile(0.99, 'eventspan_publish_delay_seconds'), 'p99 of published'],
        ],
      ],
      ['Events waiting', 'short', [[sum('eventspan_app', `eventspan_relay_lag_events${of()}`), '{{eventspan_app}}']]],
      ['Shards by state', 'short', [[sum('eventspan_state', `eventspan_relay_shards${of()}`), '{{eventspan_state}}']]],
    ],
  ],
  [
    'Projections and consumers',
    [
      ['Events handled', 'ops', [[sum(CONSUMER, rate('eventspan_consumer_events_total')), byConsumer]]],
      ['Lag', 's', [[max(CONSUMER, `eventspan_consumer_lag_seconds${of()}`), byConsumer]]],
      ['From commit to handled, p99', 's', [[quantile(0.99, 'eventspan_handler_delay_seconds', CONSUMER), byConsumer]]],
      ['Time of a batch, p99', 's', [[quantile(0.99, 'eventspan_handler_seconds', CONSUMER), byConsumer]]],
      [
        'Batches that failed',
        'ops',
        [
          [
            sum('eventspan_consumer, error_type', rate('eventspan_handler_seconds_count', 'eventspan_outcome!="handled"')),
            '{{eventspan_consumer}} {{error_type}}',
          ],
        ],
      ],
      ['Parked streams', 'short', [[sum(CONSUMER, `eventspan_consumer_parked${of()}`), byConsumer]]],
      ['Dead letters', 'short', [[max(CONSUMER, `eventspan_dead_letters${of()}`), byConsumer]]],
      ['Shards that stand still', 'short', [[sum(CONSUMER, `eventspan_consumer_shards${of('eventspan_state="stopped"')}`), byConsumer]]],
    ],
  ],
  [
    'Timers, queues',
    [
      ['Timers fired', 'ops', [[sum('eventspan_app', rate('eventspan_timers_fired_total')), '{{eventspan_app}}']]],
      [
        'Timers: lateness',
        's',
        [
          [max('eventspan_app', `eventspan_timers_lag_seconds${of()}`), 'oldest due'],
          [quantile(0.99, 'eventspan_timers_delay_seconds'), 'p99 of fired'],
        ],
      ],
      ['Queues: tasks waiting', 'short', [[max('eventspan_queue', `eventspan_queue_tasks${of()}`), '{{eventspan_queue}}']]],
      ['Queues: oldest task', 's', [[max('eventspan_queue', `eventspan_queue_lag_seconds${of()}`), '{{eventspan_queue}}']]],
      ['Open circuits', 'short', [[max(CONSUMER, `eventspan_consumer_circuit${of()}`), byConsumer]]],
    ],
  ],
];

const SOURCE = { type: 'prometheus', uid: '${source}' };
const WIDTH = 6;
const HEIGHT = 7;
const PER_LINE = 24 / WIDTH;

function panel([title, unit, queries], { id, x, y }) {
  return {
    id,
    type: 'timeseries',
    title,
    datasource: SOURCE,
    gridPos: { x, y, w: WIDTH, h: HEIGHT },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: queries.map(([expr, legendFormat], at) => ({ refId: String.fromCharCode(65 + at), datasource: SOURCE, expr, legendFormat })),
  };
}

function panels() {
  const made = [];
  let y = 0;
  for (const [title, row] of ROWS) {
    made.push({ id: made.length + 1, type: 'row', title, collapsed: false, panels: [], gridPos: { x: 0, y: y++, w: 24, h: 1 } });
    row.forEach((each, at) => {
      const place = { id: made.length + 1, x: (at % PER_LINE) * WIDTH, y: y + Math.floor(at / PER_LINE) * HEIGHT };
      made.push(panel(each, place));
    });
    y += Math.ceil(row.length / PER_LINE) * HEIGHT;
  }
  return made;
}

function dashboard() {
  const variable = { includeAll: true, multi: true, allValue: '.*', current: { text: 'All', value: '$__all' } };
  return {
    uid: 'eventspan',
    title: 'Eventspan',
    tags: ['eventspan'],
    schemaVersion: 39,
    timezone: 'browser',
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [
        { name: 'source', label: 'Data source', type: 'datasource', query: 'prometheus' },
        {
          name: 'app',
          label: 'Application',
          type: 'query',
          datasource: SOURCE,
          query: { query: 'label_values(eventspan_rpcs_total, eventspan_app)', refId: 'app' },
          refresh: 2,
          ...variable,
        },
      ],
    },
    panels: panels(),
  };
}

module.exports = { dashboard };
if (require.main === module) {
  fs.writeFileSync(path.join(__dirname, '../docs/operations/dashboard.json'), `${JSON.stringify(dashboard(), null, 2)}\n`);
}
