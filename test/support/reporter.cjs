/**
 * The last lines of a run: how many tests ran on each backend, which suites were skipped and why, and the plain total.
 * A suite tells its backend by its top-level name: `[spanner] the event store ...`; `[spanner+pubsub]` counts for both.
 * CI (CI=true) fails when an emulator is there and its suites were skipped all the same.
 */
const BACKENDS = ['memory', 'sqlite', 'spanner', 'in-process', 'pubsub'];

class BackendReporter {
  constructor() {
    this.backends = new Map(BACKENDS.map((name) => [name, { passed: 0, failed: 0, skipped: 0 }]));
    this.elsewhere = { passed: 0, failed: 0, skipped: 0 };
    this.reasons = new Map();
  }

  onTestResult(_test, { testResults }) {
    for (const { ancestorTitles, status } of testResults) {
      const title = ancestorTitles[0] ?? '';
      const tally = { passed: 'passed', failed: 'failed' }[status] ?? 'skipped';
      for (const counts of this.countsOf(title)) counts[tally]++;
      if (tally === 'skipped') this.noteReason(title);
    }
  }

  onRunComplete(_contexts, results) {
    const lines = ['', 'Tests by backend:', ...this.backendLines(), ...this.skipLines()];
    const skipped = results.numPendingTests + results.numTodoTests;
    lines.push(
      `Total: ${results.numPassedTests} passed, ${results.numFailedTests + results.numRuntimeErrorTestSuites} failed, ${skipped} skipped`,
    );
    process.stderr.write(`${lines.join('\n')}\n`);
    this.wronglySkipped = this.findWronglySkipped();
  }

  getLastError() {
    if (!this.wronglySkipped?.length || process.env.CI !== 'true') return undefined;
    return new Error(`An emulator is on this machine, and its suites were skipped: ${this.wronglySkipped.join(', ')}.`);
  }

  countsOf(title) {
    const names = /^\[([a-z+-]+)\]/.exec(title)?.[1].split('+') ?? [];
    const known = names.filter((name) => this.backends.has(name));
    return known.length === 0 ? [this.elsewhere] : known.map((name) => this.backends.get(name));
  }

  noteReason(title) {
    const reason = /^(.*) \(skipped: (.*)\)$/s.exec(title);
    const [suite, why] = reason === null ? [title || 'a test', 'skipped in its source or by the options of this run'] : reason.slice(1);
    this.reasons.set(why, (this.reasons.get(why) ?? new Set()).add(suite));
  }

  backendLines() {
    const rows = [...this.backends, ['no backend', this.elsewhere]];
    return rows.map(([name, { passed, failed, skipped }]) => {
      const extra = [failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`].filter(Boolean);
      return `  ${name.padEnd(12)} ${String(passed).padStart(5)} passed${extra.map((text) => `, ${text}`).join('')}`;
    });
  }

  skipLines() {
    return [...this.reasons].flatMap(([why, suites]) => [`Skipped, ${why}:`, ...[...suites].map((suite) => `  ${suite}`)]);
  }

  findWronglySkipped() {
    const found = JSON.parse(process.env.EVENTSPAN_TEST_EMULATORS ?? '{}');
    return ['spanner', 'pubsub'].filter((name) => {
      const { passed, failed, skipped } = this.backends.get(name);
      return found[name] === 'found' && skipped > 0 && passed + failed === 0;
    });
  }
}

module.exports = BackendReporter;
