import { isDeepStrictEqual } from 'node:util';
import { EventspanError } from '../../errors/eventspan-error.js';
import type { Row } from '../../event-store/read-models.js';
import type { Constructor } from '../../messages/constructor.js';
import type { ProjectorDefinition } from '../../projections/projector-definition.js';
import { projectorDefinitionOf } from '../../projections/projector-definition-of.js';
import type { ReadModel } from '../../projections/read-model.js';
import { render } from '../spec/differences.js';
import { describeError, matchesError, type ExpectedError } from '../spec/expected-error.js';
import type { GivenEvents, GivenIn } from './given-events.js';
import { runProjector } from './projector-run.js';

/** Events that a projector has seen, and what its read model is then. Immutable, so that a common past can be shared. */
export class ProjectorSpec {
  constructor(
    private readonly projector: ProjectorDefinition,
    private readonly past: readonly GivenEvents[] = [],
  ) {}

  /** Adds events of the stream `stream-1`, in order. */
  given(...events: readonly object[]): ProjectorSpec {
    return this.givenIn({}, ...events);
  }

  /** Adds events of a stream of your choice, with metadata and commit time if they matter. */
  givenIn(where: string | GivenIn, ...events: readonly object[]): ProjectorSpec {
    const given = typeof where === 'string' ? { streamId: where, events } : { ...where, events };
    return new ProjectorSpec(this.projector, [...this.past, given]);
  }

  /**
   * The table has exactly these rows, in any order; a column that is left out is null. Rows of a counter table are sums, and
   * a counter that is left out is 0. Throws `PROJECTOR_SPEC_FAILED` with the difference.
   */
  async thenRows(table: string, expected: readonly Row[]): Promise<void> {
    const actual = await (await this.readModel()).all(table);
    const missing = expected.filter((row) => !actual.some((other) => isSameRow(row, other)));
    const surplus = actual.filter((row) => !expected.some((other) => isSameRow(other, row)));
    if (missing.length === 0 && surplus.length === 0 && expected.length === actual.length) return;
    const lines = [...missing.map((row) => `  - ${render(row)}`), ...surplus.map((row) => `  + ${render(row)}`)];
    this.fail([`the table ${table} has other rows.`, '  (- expected, + there)', ...lines, ''].join('\n'));
  }

  /** A handler threw, as described; see `ExpectedError`. */
  async thenThrows(expected: ExpectedError): Promise<void> {
    const thrown = await runProjector(this.projector, this.past).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    if (thrown === undefined) return this.fail(`it was to throw ${render(expected)} and threw nothing.`);
    if (!matchesError(thrown.error, expected))
      this.fail(`it was to throw ${render(expected)} and threw ${describeError(thrown.error)}.`, thrown.error);
  }

  private async readModel(): Promise<ReadModel> {
    try {
      return await runProjector(this.projector, this.past);
    } catch (error) {
      return this.fail(`it threw ${describeError(error)}.`, error);
    }
  }

  private fail(reason: string, cause?: unknown): never {
    throw new EventspanError('PROJECTOR_SPEC_FAILED', { projector: this.projector.name, reason }, cause === undefined ? {} : { cause });
  }
}

/**
 * Tests a projector without a database: real definition, view and tables on a memory store. A row that breaks the promise
 * of rows 'stream' is found out. Await every expectation; no test framework is needed.
 *
 * ```ts
 * await projectorSpec(LoanBook).givenIn('loan-1', new LoanSubmitted('a-17', 20000)).thenRows('loan_book', [{ loan_id: 'loan-1', amount: 20000 }]);
 * ```
 */
export function projectorSpec(projector: Constructor | object | ProjectorDefinition): ProjectorSpec {
  return new ProjectorSpec(isDefinition(projector) ? projector : projectorDefinitionOf(projector));
}

function isDefinition(projector: Constructor | object | ProjectorDefinition): projector is ProjectorDefinition {
  return typeof projector === 'object' && 'handle' in projector && 'tables' in projector && 'events' in projector;
}

function isSameRow(expected: Row, actual: Row): boolean {
  if (Object.keys(expected).some((column) => !Object.hasOwn(actual, column))) return false;
  return Object.entries(actual).every(([column, value]) => {
    if (Object.hasOwn(expected, column)) return isDeepStrictEqual(expected[column], value);
    return value === null || value === 0;
  });
}
