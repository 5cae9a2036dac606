import 'reflect-metadata';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import { AggregateRoot } from '../../src/model/aggregate-root.js';
import { Aggregate } from '../../src/model/aggregate.decorator.js';
import { aggregateModelOf } from '../../src/model/class-aggregate.js';
import { defineAggregate } from '../../src/model/define-aggregate.js';
import type { Constructor } from '../../src/messages/constructor.js';
import { stateShape } from '../../src/model/state-shape.js';

const shapeOf = (type: new () => object): string => stateShape(type, new type());

class Money {
  constructor(
    readonly amount: number,
    readonly currency: string,
  ) {}
}

class Line {
  sku = '';
  @Type(() => Money)
  price: Money | undefined = undefined;
}

describe('the shape of a state', () => {
  it('is the names and kinds of its fields, whatever their order and values', () => {
    class A {
      name = 'a';
      count = 1;
      open = true;
      note: string | null = null;
      tags: string[] = [];
    }
    class B {
      tags: string[] = [];
      note: string | null = null;
      open = false;
      count = 99;
      name = 'another';
    }
    expect(shapeOf(A)).toBe('{"count":number,"name":string,"note":null,"open":boolean,"tags":[]}');
    expect(shapeOf(B)).toBe(shapeOf(A));
  });

  it('is not affected by methods, accessors, statics and the name of the class', () => {
    class A {
      name = '';
    }
    class Renamed {
      static count = 0;
      name = '';
      rename(): void {
        this.name = 'x';
      }
      get upper(): string {
        return this.name.toUpperCase();
      }
    }
    expect(shapeOf(Renamed)).toBe(shapeOf(A));
  });

  it.each<[string, new () => object]>([
    [
      'a field more',
      class {
        name = '';
        more = 1;
      },
    ],
    [
      'another name',
      class {
        title = '';
      },
    ],
    [
      'another kind',
      class {
        name = 0;
      },
    ],
    [
      'a list in its place',
      class {
        name = [''];
      },
    ],
    [
      'a Map in its place',
      class {
        name = new Map();
      },
    ],
    [
      'a Date in its place',
      class {
        name = new Date(0);
      },
    ],
    [
      'a field of plain objects',
      class {
        name = { first: '' };
      },
    ],
  ])('changes with %s', (_, type) => {
    class Before {
      name = '';
    }
    expect(shapeOf(type)).not.toBe(shapeOf(Before));
  });

  it('changes with what @Type, @Expose, @Exclude and @Transform say', () => {
    class Plain {
      at: unknown = undefined;
    }
    class Dated {
      @Type(() => Date)
      at: unknown = undefined;
    }
    class Priced {
      @Type(() => Money)
      at: unknown = undefined;
    }
    class Exposed {
      @Expose({ name: 'when' })
      at: unknown = undefined;
    }
    class Hidden {
      @Exclude()
      at: unknown = undefined;
    }
    class Transformed {
      @Transform(({ value }: { value: unknown }) => value)
      at: unknown = undefined;
    }
    const shapes = [Plain, Dated, Priced, Exposed, Hidden, Transformed].map((type) => shapeOf(type));
    expect(new Set(shapes).size).toBe(shapes.length);
  });

  it('reaches into nested classes, those of @Type and those that are there at first', () => {
    class Basket {
      @Type(() => Line)
      lines: Line[] = [];
      readonly limit = new Money(1, 'EUR');
    }
    expect(shapeOf(Basket)).toBe('{"limit":{"amount":number,"currency":string},"lines":[]@{"price":undefined@#1,"sku":string}}');
  });

  it('has an end where classes and objects reach themselves', () => {
    class Node {
      @Type(() => Node)
      next: Node | undefined = undefined;
    }
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(shapeOf(Node)).toBe('{"next":undefined@#0}');
    expect(stateShape(Object as Constructor, circle)).toContain('itself');
  });

  it('shows the @Type fields of a nested class that cannot be made without arguments', () => {
    class Strict {
      @Type(() => Date)
      readonly at: Date;
      constructor(at: Date) {
        this.at = new Date(at.getTime());
      }
    }
    class Holder {
      @Type(() => Strict)
      strict: Strict | undefined = undefined;
    }
    expect(shapeOf(Holder)).toBe('{"strict":undefined@{"at":absent@Date}}');
  });
});

describe('the revision of snapshots', () => {
  @Aggregate('basket', { snapshotEvery: 10 })
  class Basket extends AggregateRoot {
    @Type(() => Line)
    lines: Line[] = [];
    owner = '';
  }

  it('is the same in every process: number, dash, hash of the shape', () => {
    expect(aggregateModelOf(Basket).snapshotRevision).toBe('1-97875565');
    const functional = defineAggregate({ name: 'f', initialState: () => ({ total: 0 }), decide: () => [], evolve: () => [] });
    expect(functional.snapshotRevision).toBe('1-a4bef466');
  });

  it('changes with the number and with the state of a functional aggregate', () => {
    const revisionOf = (state: unknown, snapshotRevision = 1): string =>
      defineAggregate({ name: 'f', snapshotRevision, initialState: () => state, decide: () => [], evolve: () => [] }).snapshotRevision;
    const revisions = [
      revisionOf({ total: 0 }),
      revisionOf({ total: 0 }, 2),
      revisionOf({ total: '' }),
      revisionOf(0),
      revisionOf([]),
      revisionOf(null),
    ];
    expect(new Set(revisions).size).toBe(revisions.length);
    expect(revisionOf({ total: 7 })).toBe(revisions[0]);
  });
});
