import { createHash } from 'node:crypto';
import type { CommandMiddleware, Delivery, Transport, TransportProvider } from 'eventspan';

const LOST = 0.05;
const DOUBLED = 0.05;
const DELAYED = 0.2;
const MAX_DELAY_MS = 60;

/** What goes wrong on purpose. Which orders and commands it hits follows from their names, so that it is the same in every process and run. */
export class Faults {
  private readonly refused = new Map<string, number>();

  constructor(readonly isOn: boolean) {}

  /** The carrier never answers for one order in twelve, faults or not: that is business. */
  isSilentCarrier(orderId: string): boolean {
    return shareOf(`carrier/${orderId}`) < 1 / 12;
  }

  /** The mail server fails once for one email in four. */
  isMailDown(orderId: string, attempt: number): boolean {
    return this.isOn && attempt === 1 && shareOf(`mail/${orderId}`) < 0.25;
  }

  /** One command in seven meets a service that is away, once or twice. */
  readonly middleware: CommandMiddleware = (context, next) => {
    const { commandId } = context;
    const share = shareOf(`away/${commandId}`);
    const seen = this.refused.get(commandId) ?? 0;
    if (!this.isOn || share >= 1 / 7 || seen >= (share < 1 / 21 ? 2 : 1)) return next();
    this.refused.set(commandId, seen + 1);
    throw Object.assign(new Error(`${context.commandName}: the database of the service is away`), { retryable: true });
  };

  /** Loses, doubles and delays messages on their way. */
  around(provider: TransportProvider): TransportProvider {
    if (!this.isOn) return provider;
    return { ...provider, open: async (environment) => new UnreliableTransport(await provider.open(environment)) };
  }
}

class UnreliableTransport implements Transport {
  readonly name: string;

  constructor(private readonly inner: Transport) {
    this.name = inner.name;
  }

  publish(...given: Parameters<Transport['publish']>): ReturnType<Transport['publish']> {
    return this.inner.publish(...given);
  }

  subscribe(options: Parameters<Transport['subscribe']>[0]): ReturnType<Transport['subscribe']> {
    const onMessage = (delivery: Delivery): void => {
      if (Math.random() < LOST) return delivery.ack();
      if (Math.random() < DOUBLED) setTimeout(() => options.onMessage(copyOf(delivery)), MAX_DELAY_MS * Math.random());
      if (Math.random() >= DELAYED) return options.onMessage(delivery);
      setTimeout(() => options.onMessage(delivery), MAX_DELAY_MS * Math.random());
    };
    return this.inner.subscribe({ ...options, onMessage });
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

function copyOf({ attributes, data, orderingKey }: Delivery): Delivery {
  return { attributes, data, orderingKey, ack: () => undefined, nack: () => undefined };
}

/** A number from 0 to 1 that belongs to a name. */
export function shareOf(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE(0) / 2 ** 32;
}
