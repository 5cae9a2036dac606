/** What must and what must not compile: `fields` and `schema` of @Event, upcasters. Checked by tsc; runs nothing. */
import { becomes, Event, field, Upcast, upcast, type StandardSchema, type UpcastContext } from '../../src/index.js';

class Money {
  constructor(
    readonly amount: number,
    readonly currency: string,
  ) {}
  plus(other: Money): Money {
    return new Money(this.amount + other.amount, this.currency);
  }
}

@Event('fits', {
  fields: {
    id: 'string',
    amount: 'integer',
    rate: 'number',
    at: 'date',
    isOpen: 'boolean',
    note: 'string?',
    parent: 'string|null',
    status: field.oneOf('new', 'open'),
    total: { amount: 'integer', currency: 'string' },
    refund: field.optional({ amount: 'integer', currency: 'string' }),
    items: [{ amount: 'integer', currency: 'string' }],
    tags: ['string'],
    counts: field.record('integer'),
    last: field.nullable(['string']),
    extra: 'json',
  },
})
export class Fits {
  readonly note?: string;
  readonly refund?: Money;
  readonly extra: unknown;
  readonly counts: Readonly<Record<string, number>> = {};
  readonly last: readonly string[] | null = null;
  constructor(
    readonly id: string,
    readonly amount: number,
    readonly rate: number,
    readonly at: Date,
    readonly isOpen: boolean,
    readonly parent: string | null,
    readonly status: 'new' | 'open',
    readonly total: Money,
    readonly items: readonly Money[],
    readonly tags: string[],
  ) {}
  method(): void {}
}

// @ts-expect-error amount is left out
@Event('left-out', { fields: { id: 'string' } })
export class LeftOut {
  constructor(
    readonly id: string,
    readonly amount: number,
  ) {}
}

// @ts-expect-error the class has no note
@Event('unknown-field', { fields: { id: 'string', note: 'string' } })
export class UnknownField {
  constructor(readonly id: string) {}
}

// @ts-expect-error id is a text
@Event('retyped', { fields: { id: 'integer' } })
export class Retyped {
  constructor(readonly id: string) {}
}

// @ts-expect-error id may be absent in the class
@Event('not-optional', { fields: { id: 'string' } })
export class NotOptional {
  readonly id?: string;
}

// @ts-expect-error id may not be absent in the class
@Event('too-optional', { fields: { id: 'string?' } })
export class TooOptional {
  constructor(readonly id: string) {}
}

// @ts-expect-error the nested class has a currency
@Event('nested', { fields: { total: { amount: 'integer' } } })
export class Nested {
  constructor(readonly total: Money) {}
}

// @ts-expect-error the items have no such field
@Event('items', { fields: { items: [{ amount: 'integer', currency: 'string', more: 'json' }] } })
export class Items {
  constructor(readonly items: readonly Money[]) {}
}

// @ts-expect-error there is no such notation
@Event('notation', { fields: { id: 'text' } })
export class Notation {
  constructor(readonly id: string) {}
}

declare const listSchema: StandardSchema<{ items: { amount: number; currency: string }[]; at: string; note?: string | undefined }>;

@Event('by-list-schema', { schema: listSchema })
export class ByListSchema {
  readonly note?: string;
  constructor(
    readonly items: readonly Money[],
    readonly at: Date,
  ) {}
}

declare const loanSchema: StandardSchema<{ readonly amount: number }>;

@Event('by-schema', { schema: loanSchema })
export class BySchema {
  constructor(readonly amount: number) {}
}

// @ts-expect-error the schema takes an amount
@Event('by-wrong-schema', { schema: loanSchema })
export class ByWrongSchema {
  constructor(readonly total: number) {}
}

upcast(BySchema, { from: 1 }, (data: { sum: number }) => ({ amount: data.sum }));
upcast('old', { from: 1, into: BySchema }, (data: { sum: number }) => ({ amount: data.sum }));
upcast('old', { from: 1, into: [BySchema] }, ({ sum }: { sum: number }) => [becomes(BySchema, { amount: sum })]);
upcast(
  [
    { event: 'a', from: 1 },
    { event: 'b', from: 1 },
  ],
  { into: BySchema },
  ([a, b]: [{ x: number }, { y: number }]) => ({ amount: a.x + b.y }),
);
// An older version of the class may have any shape.
upcast('old', { from: 1, into: { event: BySchema, version: 1 } }, () => ({ anything: true }));

// @ts-expect-error the class has an amount
upcast('old', { from: 1, into: BySchema }, () => ({ sum: 1 }));
// @ts-expect-error the class has an amount
becomes(BySchema, { sum: 1 });
// @ts-expect-error an upcaster does not wait
upcast(BySchema, { from: 1 }, async () => ({ amount: 1 }));
// @ts-expect-error a split gives what becomes() made
upcast('old', { from: 1, into: [BySchema] }, () => [{ amount: 1 }]);

// oxlint-disable-next-line typescript/no-extraneous-class -- that is how upcasters are decorated
export class Upcasters {
  @Upcast(BySchema, { from: 1 })
  static change(data: { sum: number }, _context: UpcastContext): { amount: number } {
    return { amount: data.sum };
  }

  @Upcast('old', { from: 1, into: BySchema })
  static rename(data: { sum: number }): { amount: number } {
    return { amount: data.sum };
  }

  // @ts-expect-error the class has an amount
  @Upcast('older', { from: 1, into: BySchema })
  static wrong(data: { sum: number }): { sum: number } {
    return data;
  }

  // @ts-expect-error an upcaster gives data
  @Upcast(BySchema, { from: 2 })
  static nothing(): void {}
}
