import { Event, memory, upcast, type Constructor, type EventOptions, type EventspanOptions, type Upcaster } from 'eventspan';
import { BASE, CHANGES } from './schema-changes.js';

/** The variable that names the change with which the command line loads this module. */
export const CHANGE_VARIABLE = 'VERIFY_SCHEMA_CHANGE';

/** The application of `--app`, with one change of {@link CHANGES}, or none. */
export function options(): EventspanOptions {
  const change = process.env[CHANGE_VARIABLE] ?? '';
  const { events, upcasters } = CHANGES[change]?.apply(BASE) ?? BASE;
  return {
    store: memory(),
    name: 'parcels',
    roles: ['commands'],
    events: Object.entries(events).map(([name, event]) => eventClass(name, event)),
    upcasters: upcasters.map(upcasterOf),
  };
}

function eventClass(name: string, event: EventOptions): Constructor {
  const type = class {};
  (Event(name, event) as (type: Constructor) => void)(type);
  return type;
}

/** Of a name without a class it makes nothing. */
function upcasterOf(stored: string): Upcaster {
  const [name = '', version] = stored.split('@');
  const from = Number(version);
  return name === 'parcel.seen' ? upcast.drop(name, { from }) : upcast(name, { from }, (data: object) => ({ ...data }));
}
