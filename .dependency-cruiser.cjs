/** The layer rules of docs/architecture.md: an import that goes up, across or in a circle fails the build. */
const ports = ['errors', 'support', 'messages', 'model', 'event-store', 'messaging', 'telemetry'];
const adapter = ports.filter((name) => name !== 'model');
const below = {
  errors: [],
  support: [],
  messages: ['errors', 'support'],
  model: ['errors', 'support', 'messages'],
  telemetry: ['errors', 'support', 'messages'],
  'event-store': ['errors', 'support', 'messages', 'model', 'telemetry'],
  messaging: ['errors', 'support', 'messages', 'event-store', 'telemetry'],
  'command-handling': ports,
  relay: ports,
  subscriptions: ports,
  projections: [...ports, 'subscriptions'],
  consumers: [...ports, 'command-handling', 'subscriptions', 'projections'],
  publications: [...ports, 'subscriptions'],
  queues: [...ports, 'subscriptions', 'projections'],
  timers: [...ports, 'subscriptions'],
  inbox: [...ports, 'command-handling', 'subscriptions', 'projections', 'consumers'],
  processes: [...ports, 'subscriptions', 'projections', 'consumers'],
  history: ports,
  replay: [...ports, 'history'],
  memory: adapter,
  sqlite: adapter,
  spanner: adapter,
  'in-process': adapter,
  pubsub: adapter,
  avro: adapter,
};
below.application = Object.keys(below).filter((name) => !['memory', 'sqlite', 'spanner', 'in-process', 'pubsub', 'avro'].includes(name));

const layers = Object.entries(below).map(([name, allowed]) => ({
  name: `${name}-imports-only-what-is-below`,
  severity: 'error',
  from: { path: `^src/${name}/` },
  to: { path: '^src/', pathNot: `^src/(${[name, ...allowed].join('|')})/` },
}));

const onlyIn = (folders, packageName) => ({
  name: `only-${folders.join('-')}-imports-${packageName.replace(/\W+/g, '-')}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/(${folders.join('|')})/` },
  to: { path: `node_modules/${packageName}` },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    ...layers,
    {
      name: 'only-the-repository-imports-the-model',
      severity: 'error',
      from: { path: '^src/event-store/', pathNot: '^src/event-store/repository' },
      to: { path: '^src/model/' },
    },
    { name: 'model-without-node-built-ins', severity: 'error', from: { path: '^src/model/' }, to: { dependencyTypes: ['core'] } },
    {
      name: 'cli-as-a-user',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/', pathNot: '^src/(cli/|index|(spanner|pubsub|sqlite|avro|testing)/index|errors/)' },
    },
    {
      name: 'nothing-imports-the-edges',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli|testing)/' },
      to: { path: '^src/(cli|testing)/' },
    },
    onlyIn(['spanner'], '@google-cloud/spanner'),
    onlyIn(['pubsub'], '@google-cloud/pubsub'),
    onlyIn(['sqlite'], 'libsql'),
    onlyIn(['avro'], 'avsc'),
    onlyIn(['messages', 'model'], 'class-transformer'),
    onlyIn(['telemetry'], '@opentelemetry/api'),
    onlyIn(['timers'], 'croner'),
    onlyIn(['inbox'], 'jose'),
    onlyIn(['cli'], 'commander'),
    onlyIn(['cli'], 'cli-progress'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.d.ts'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
