import { randomUUID } from 'node:crypto';
import type { EventStore } from 'eventspan';

/** Wire name, version of its schema, payload, and the facts that are known from it on. */
type Recorded = readonly [type: string, schemaVersion: number, payload: object, ...facts: readonly string[]];

/** What one program recorded of a shipment, by append: before the shipment is marked today, and after. */
export interface History {
  readonly id: string;
  readonly before: readonly (readonly Recorded[])[];
  readonly after: readonly (readonly Recorded[])[];
}

export const MARK = 'handed over today';
const BOOKED = 'to Main 1 in Bonn by express';
const [PEN, INK, SIZE, SCALE, NOTE, LAST] = ['2 of pen', '1 of ink', '300 g, 2 l', '310 g, 0 l', 'note fragile', 'note signed'];

/** How programs before today's recorded items, sizes and notes. */
const OLD_BEFORE: History['before'] = [
  [
    [
      'shipment.packed',
      1,
      {
        items: [
          ['pen', 2],
          ['ink', 1],
        ],
      },
      PEN,
      INK,
    ],
  ],
  [['shipment.scanned', 1, { by: 'x' }]],
  [
    ['shipment.weighed', 1, { grams: 300 }],
    ['shipment.measured', 1, { litres: 2 }, SIZE],
  ],
  [['shipment.remark', 1, { remark: 'fragile' }, NOTE]],
];
const OLD_AFTER: History['after'] = [
  [['shipment.weighed', 1, { grams: 310 }, SCALE]],
  [
    ['shipment.remark', 1, { remark: 'signed' }, LAST],
    ['shipment.scanned', 1, { by: 'y' }],
  ],
];
const TODAYS_ITEMS: readonly Recorded[] = [
  ['shipment.item-added', 1, { product: 'pen', quantity: 2 }, PEN],
  ['shipment.item-added', 1, { product: 'ink', quantity: 1 }, INK],
];
const address = { street: 'Main 1', city: 'Bonn' };

/** The same happenings as programs of four ages recorded them. */
export const HISTORIES: readonly History[] = [
  { id: 'v1', before: [[['shipment.ordered', 1, { to: 'Main 1, Bonn' }, BOOKED]], ...OLD_BEFORE], after: OLD_AFTER },
  { id: 'v2', before: [[['shipment.ordered', 2, address, BOOKED]], ...OLD_BEFORE], after: OLD_AFTER },
  {
    id: 'v3',
    before: [
      [['shipment.booked', 3, { address }, BOOKED], ...TODAYS_ITEMS],
      [
        ['shipment.weighed', 1, { grams: 300 }],
        ['shipment.measured', 1, { litres: 2 }, SIZE],
        ['shipment.remark', 1, { remark: 'fragile' }, NOTE],
      ],
    ],
    after: OLD_AFTER,
  },
  {
    id: 'v4',
    before: [
      [['shipment.booked', 4, { address, express: true }, BOOKED]],
      TODAYS_ITEMS,
      [['shipment.sized', 1, { grams: 300, litres: 2 }, SIZE]],
      [['shipment.note-added', 1, { text: 'fragile' }, NOTE]],
    ],
    after: [[['shipment.sized', 1, { grams: 310, litres: 0 }, SCALE]], [['shipment.note-added', 1, { text: 'signed' }, LAST]]],
  },
];

/** The state that every history gives, on every path. */
export const FACTS: readonly string[] = [BOOKED, PEN, INK, SIZE, NOTE, `note ${MARK}`, SCALE, LAST];

/** For each version of the stream, the first included, how many facts are known as of it. */
export function factsByVersion({ before, after }: History): readonly number[] {
  const marked: Recorded = ['shipment.note-added', 1, { text: MARK }, `note ${MARK}`];
  let known = 0;
  return [...before.flat(), marked, ...after.flat()].map(([, , , ...facts]) => (known += facts.length));
}

/** Appends what a program recorded, as it was once stored. Answers the stream's version. */
export async function record(store: EventStore, { id }: History, appends: History['before'], from: number): Promise<number> {
  let version = from;
  for (const append of appends) {
    const events = append.map(([type, schemaVersion, payload]) => {
      const metadata = { correlationId: 'c', actor: 'desk', time: '2020-01-01T00:00:00.000Z', schemaVersion };
      return { eventId: randomUUID(), type, data: JSON.stringify(payload), metadata: JSON.stringify(metadata) };
    });
    await store.append({ writes: [{ streamId: `shipment-${id}`, expectedVersion: version, events }] });
    version += events.length;
  }
  return version;
}
