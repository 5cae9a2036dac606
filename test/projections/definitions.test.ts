import 'reflect-metadata';
import { Event } from '../../src/messages/event.decorator.js';
import { counterTable } from '../../src/projections/counter-table.js';
import { defineProjector, on } from '../../src/projections/define-projector.js';
import { On } from '../../src/projections/on.decorator.js';
import type { ProjectionContext } from '../../src/projections/projector-definition.js';
import { projectorDefinitionOf } from '../../src/projections/projector-definition-of.js';
import { Projector } from '../../src/projections/projector.decorator.js';
import { readModelTable } from '../../src/projections/read-model-table.js';

@Event('opened')
class Opened {
  constructor(readonly owner: string) {}
}
@Event('shut')
class Shut {
  constructor(readonly reason: string) {}
}
interface Shape {
  readonly reason: string;
}

const seen: string[] = [];
const context = {} as ProjectionContext;
beforeEach(() => seen.splice(0));

const table = readModelTable('rows', { key: ['id'], columns: { id: 'string' } });

@Projector('base')
class Base {
  @On()
  opened(event: Opened, _context: ProjectionContext): void {
    seen.push(`base opened ${event.owner}`);
  }

  @On(Shut)
  shut(event: Shut): void {
    seen.push(`base shut ${event.reason}`);
  }
}

@Projector('derived', { version: 2, rows: 'stream', tables: [table] })
class Derived extends Base {
  override shut(event: Shut): void {
    seen.push(`derived shut ${event.reason}`);
  }
}

const thrownBy = (define: () => unknown): unknown => {
  try {
    define();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('@Projector and @On', () => {
  it('describe a class; the event class may come from the parameter', async () => {
    const definition = projectorDefinitionOf(Base);
    expect(definition).toMatchObject({ name: 'base', version: 1, rows: 'shared', tables: [], events: [Opened, Shut] });
    await definition.handle(new Opened('ada'), context);
    expect(seen).toEqual(['base opened ada']);
  });

  it('inherit handlers, and run what a subclass overrides', async () => {
    const definition = projectorDefinitionOf(Derived);
    expect(definition).toMatchObject({ name: 'derived', version: 2, rows: 'stream', tables: [table] });
    await definition.handle(new Opened('ada'), context);
    await definition.handle(new Shut('x'), context);
    expect(seen).toEqual(['base opened ada', 'derived shut x']);
  });

  it('serve an instance where the class needs things', async () => {
    @Projector('needy')
    class Needy {
      constructor(private readonly prefix: string) {}

      @On(Opened)
      opened(event: Opened): void {
        seen.push(this.prefix + event.owner);
      }
    }
    await projectorDefinitionOf(new Needy('owner ')).handle(new Opened('ada'), context);
    expect(seen).toEqual(['owner ada']);
    expect(thrownBy(() => projectorDefinitionOf(Needy))).toMatchObject({
      code: 'PROJECTOR_INVALID',
      message: expect.stringContaining('pass an instance') as string,
    });
  });

  it('throw when the class is defined, naming the fix', () => {
    const interfaceParameter = thrownBy(() => {
      class Wrong {
        @On()
        m(_event: Shape): void {}
      }
      return Wrong;
    });
    expect(interfaceParameter).toMatchObject({
      code: 'HANDLER_CLASS_MISSING',
      message: expect.stringContaining('Name the class in the decorator') as string,
    });
    const twice = thrownBy(() => {
      class Twice {
        @On(Opened)
        one(_event: Opened): void {}

        @On(Opened)
        two(_event: Opened): void {}
      }
      return Twice;
    });
    expect(twice).toMatchObject({ code: 'HANDLER_DUPLICATE' });
    expect(thrownBy(() => Projector('no good name')(class {}))).toMatchObject({ code: 'NAME_INVALID' });
    expect(thrownBy(() => Projector('twice')(Base))).toMatchObject({ code: 'CLASS_DECORATED_TWICE' });
  });

  it('are checked when the definition is made', () => {
    class Bare {}
    @Projector('empty')
    class Empty {}
    expect(thrownBy(() => projectorDefinitionOf(Bare))).toMatchObject({ code: 'CLASS_NOT_DECORATED' });
    expect(thrownBy(() => projectorDefinitionOf(Empty))).toMatchObject({ code: 'PROJECTOR_INVALID' });
    const handlers = [on(Opened, () => undefined)];
    expect(thrownBy(() => defineProjector({ name: 'p', version: 0, on: handlers }))).toMatchObject({ code: 'PROJECTOR_INVALID' });
    expect(thrownBy(() => defineProjector({ name: 'p', tables: [table, table], on: handlers }))).toMatchObject({
      code: 'PROJECTOR_INVALID',
    });
    expect(thrownBy(() => defineProjector({ name: 'p', on: [...handlers, ...handlers] }))).toMatchObject({ code: 'PROJECTOR_INVALID' });
  });
});

describe('tables', () => {
  it('have names that leave room for version and run', () => {
    const handlers = [on(Opened, () => undefined)];
    const named = (length: number, version: number): unknown =>
      thrownBy(() =>
        defineProjector({
          name: 'p',
          version,
          tables: [readModelTable('t'.repeat(length), { key: ['id'], columns: { id: 'string' } })],
          on: handlers,
        }),
      );
    expect(named(54, 1)).toBeUndefined();
    expect(named(55, 1)).toMatchObject({ code: 'TABLE_NAME_TOO_LONG', details: { length: 55, max: 54 } });
    expect(named(54, 10)).toMatchObject({ code: 'TABLE_NAME_TOO_LONG' });
  });

  it('are refused when declared wrong', () => {
    const wrong: (() => unknown)[] = [
      () => readModelTable('1x', { key: ['id'], columns: { id: 'string' } }),
      () => readModelTable('x', { key: [], columns: { id: 'string' } }),
      () => readModelTable('x', { key: ['other'], columns: { id: 'string' } }),
      () => readModelTable('x', { key: ['id'], columns: { id: 'json' } }),
      () => readModelTable('events', { key: ['id'], columns: { id: 'string' } }),
      () => counterTable('x', { key: {}, counters: ['n'] }),
      () => counterTable('x', { key: { k: 'string' }, counters: [] }),
      () => counterTable('x', { key: { k: 'string' }, counters: ['k'] }),
      () => counterTable('x', { key: { shard: 'integer' }, counters: ['n'] }),
    ];
    for (const declare of wrong) expect(declare).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});
