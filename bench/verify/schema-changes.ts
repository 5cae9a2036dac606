import { type EventOptions, type FieldNotations, type SchemaChangeKind } from 'eventspan';

/** What an application's schema is made of, as data that a change can alter. */
export interface Variant {
  /** By wire name. */
  readonly events: Readonly<Record<string, EventOptions>>;
  /** Which stored versions upcasters take: `parcel.sent@1`. */
  readonly upcasters: readonly string[];
}

/** A change of {@link BASE}, and how `schema check` should see it. */
export interface Change {
  /** The kind of what is incompatible; absent where the check must pass. */
  readonly caught?: SchemaChangeKind;
  readonly apply: (base: Variant) => Variant;
}

const FIELDS: FieldNotations = { to: 'string', grams: 'integer', price: 'number', fragile: 'boolean?', sender: { name: 'string' } };

export const BASE: Variant = {
  events: {
    'parcel.sent': { version: 2, aliases: ['parcel.shipped'], fields: FIELDS },
    'parcel.lost': { fields: { reason: 'string', at: 'date' } },
  },
  upcasters: ['parcel.sent@1', 'parcel.seen@1'],
};

export const CHANGES: Readonly<Record<string, Change>> = {
  'nothing changed': { apply: (base) => base },
  'a new optional field': { apply: withFields(({ ...fields }) => ({ ...fields, note: 'string?' })) },
  'a field retyped, with a new version and its upcaster': {
    apply: (base) => {
      const retyped = withFields((fields) => ({ ...fields, grams: 'string' }))(base);
      return { ...withSent({ version: 3 })(retyped), upcasters: [...base.upcasters, 'parcel.sent@2'] };
    },
  },
  'a name changed, with the old one as its alias': { apply: renamed(['parcel.shipped', 'parcel.sent']) },
  'a field removed': { caught: 'field-removed', apply: withFields(withoutTo) },
  'a field renamed': { caught: 'field-removed', apply: withFields((fields) => ({ ...withoutTo(fields), target: 'string' })) },
  'a field inside another removed': { caught: 'field-removed', apply: withFields((fields) => ({ ...fields, sender: {} })) },
  'a field retyped': { caught: 'field-retyped', apply: withFields((fields) => ({ ...fields, grams: 'string' })) },
  'a field made a list': { caught: 'field-retyped', apply: withFields((fields) => ({ ...fields, to: ['string'] })) },
  'a field narrowed': { caught: 'field-narrowed', apply: withFields((fields) => ({ ...fields, price: 'integer' })) },
  'a new required field': { caught: 'field-added', apply: withFields((fields) => ({ ...fields, insured: 'boolean' })) },
  'an optional field made required': { caught: 'field-required', apply: withFields((fields) => ({ ...fields, fragile: 'boolean' })) },
  'a version lowered': { caught: 'version-lowered', apply: withSent({ version: 1 }) },
  'a version raised without an upcaster': { caught: 'upcaster-missing', apply: withSent({ version: 3 }) },
  'the upcaster of an older version removed': { caught: 'upcaster-missing', apply: without('parcel.sent@1') },
  'the oldest version raised': {
    caught: 'upcaster-missing',
    apply: (base) => without('parcel.sent@1')(withSent({ oldestVersion: 2 })(base)),
  },
  'the upcaster of a retired name removed': { caught: 'event-removed', apply: without('parcel.seen@1') },
  'an event removed': {
    caught: 'event-removed',
    apply: (base) => ({ ...base, events: { 'parcel.sent': sentOf(base) } }),
  },
  'an alias removed': { caught: 'event-removed', apply: withSent({ aliases: [] }) },
  'a name changed without an alias': { caught: 'event-renamed', apply: renamed(['parcel.shipped']) },
};

function sentOf({ events }: Variant): EventOptions {
  return events['parcel.sent'] ?? {};
}

function withSent(options: EventOptions): Change['apply'] {
  return (base) => ({ ...base, events: { ...base.events, 'parcel.sent': { ...sentOf(base), ...options } } });
}

function withFields(change: (fields: FieldNotations) => FieldNotations): Change['apply'] {
  return (base) => withSent({ fields: change(FIELDS) })(base);
}

function withoutTo(fields: FieldNotations): FieldNotations {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'to'));
}

function without(upcaster: string): Change['apply'] {
  return ({ events, upcasters }) => ({ events, upcasters: upcasters.filter((each) => each !== upcaster) });
}

function renamed(aliases: readonly string[]): Change['apply'] {
  return (base) => {
    const { 'parcel.sent': sent = {}, ...events } = base.events;
    const upcasters = base.upcasters.map((each) => each.replace('parcel.sent', 'parcel.dispatched'));
    return { events: { ...events, 'parcel.dispatched': { ...sent, aliases } }, upcasters };
  };
}
