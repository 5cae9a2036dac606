import type { EventspanOptions, StoreProvider, TelemetryOptions, TransportProvider } from 'eventspan';
import type { Faults } from './faults.js';
import { AddStock, ReleaseStock, ReserveStock } from './inventory/messages.js';
import { Stock } from './inventory/stock.js';
import { Emails } from './notifications/emails.js';
import { Notifier } from './notifications/notifier.js';
import { CheckoutProcess } from './orders/checkout-process.js';
import { OrderBook } from './orders/order-book.js';
import { Order } from './orders/order.js';
import { Account } from './payments/account.js';
import { ChargePayment, OpenAccount, RefundPayment } from './payments/messages.js';
import { Carrier } from './shipping/carrier.js';
import { CancelShipment, RequestShipment } from './shipping/messages.js';
import { Shipment } from './shipping/shipment.js';

export const SERVICES = ['orders', 'inventory', 'payments', 'shipping', 'notifications'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** What the services share: the log, and what tells of it. */
export interface Shared {
  readonly store: StoreProvider;
  readonly transport: TransportProvider;
  readonly faults: Faults;
  /** Default: what is registered globally. */
  readonly telemetryOf?: (name: ServiceName) => TelemetryOptions;
}

type Own = Omit<EventspanOptions, 'store' | 'transport'>;

/** What each service is made of. None of them imports another's code, only its messages. */
const OWN: Readonly<Record<ServiceName, (faults: Faults) => Own>> = {
  orders: () => ({
    aggregates: [Order],
    processManagers: [CheckoutProcess],
    projectors: [OrderBook],
    remoteCommands: [AddStock, ReserveStock, ReleaseStock, OpenAccount, ChargePayment, RefundPayment, RequestShipment, CancelShipment],
  }),
  inventory: () => ({ aggregates: [Stock] }),
  payments: () => ({ aggregates: [Account] }),
  shipping: (faults) => ({ aggregates: [Shipment], consumers: [new Carrier(faults)] }),
  notifications: (faults) => ({ consumers: [Notifier], workQueues: [new Emails(faults)] }),
};

/** The options of a service. */
export function serviceOf(name: ServiceName, { store, transport, faults, telemetryOf }: Shared): EventspanOptions {
  const own = { ...OWN[name](faults), ...(telemetryOf && { telemetry: telemetryOf(name) }) };
  return { name, store, transport: faults.around(transport), commands: { middleware: [faults.middleware] }, ...own };
}
