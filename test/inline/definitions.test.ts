import {
  counterTable,
  defineProjector,
  Eventspan,
  inProcess,
  memory,
  on,
  Projector,
  readModelTable,
  type ForeignReadModel,
} from 'eventspan';
import { projectorDefinitionOf } from '../../src/projections/projector-definition-of.js';
import { Shop, Sold, Takings, takings } from './support/shop.js';

const invalid = (reason: string): Error =>
  expect.objectContaining({
    code: 'PROJECTOR_INVALID',
    details: expect.objectContaining({ reason: expect.stringContaining(reason) as string }) as object,
  }) as Error;

const projector = (options: object): unknown =>
  defineProjector({ name: 'p', rows: 'stream', tables: [takings], on: [on(Sold, () => undefined)], ...options });

describe('the lifecycle of a projector', () => {
  it('is async unless it says otherwise, as a class and as functions', () => {
    @Projector('plain')
    class Plain extends Takings {}
    expect(projectorDefinitionOf(Plain).lifecycle).toBe('async');
    expect(projector({})).toMatchObject({ lifecycle: 'async' });
    expect(projectorDefinitionOf(Takings).lifecycle).toBe('inline');
    expect(projector({ lifecycle: 'inline' })).toMatchObject({ lifecycle: 'inline' });
  });

  it('is one of the two', () => {
    expect(() => projector({ lifecycle: 'soon' })).toThrow(invalid('async or inline'));
  });

  it('is inline only with rows that belong to a stream', () => {
    expect(() => projector({ lifecycle: 'inline', rows: 'shared' })).toThrow(invalid("rows must be 'stream'"));
  });

  it('is inline only without counters', () => {
    const counters = counterTable('counts', { key: { what: 'string' }, counters: ['n'] });
    expect(() => projector({ lifecycle: 'inline', tables: [counters] })).toThrow(invalid('counts is a table of counters'));
  });

  it("is inline only in the store's own database", async () => {
    const elsewhere: ForeignReadModel = { get: async () => [], commit: async () => undefined };
    const options = { store: memory(), transport: inProcess(), aggregates: [Shop], projectors: [Takings] };
    await expect(Eventspan.open({ ...options, projections: { foreign: { takings: elsewhere } } })).rejects.toThrow(invalid('elsewhere'));
  });

  it.each([0, 1.5, 50_001])('and its budget is a whole number from 1 to 50,000, not %d', async (inlineMutations) => {
    const options = { store: memory(), transport: inProcess(), aggregates: [Shop], projectors: [Takings] };
    await expect(Eventspan.open({ ...options, projections: { inlineMutations } })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('and a table name has room for the generation', () => {
    const table = readModelTable('t'.repeat(60), { key: ['id'], columns: { id: 'string' } });
    expect(() => projector({ lifecycle: 'inline', tables: [table] })).toThrow(
      expect.objectContaining({ code: 'TABLE_NAME_TOO_LONG' }) as Error,
    );
  });
});
