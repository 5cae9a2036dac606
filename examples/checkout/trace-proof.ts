import { context, SpanKind } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { Eventspan, inProcess, memory } from 'eventspan';
import { Faults } from './faults.js';
import { AddStock } from './inventory/messages.js';
import { startHere } from './neighbours.js';
import { emailsSent } from './notifications/emails.js';
import { PlaceOrder } from './orders/messages.js';
import { OpenAccount } from './payments/messages.js';
import { serviceOf, SERVICES, type ServiceName } from './services.js';

/** A finished span, and the service that made it. */
interface ServiceSpan {
  readonly service: ServiceName;
  readonly span: ReadableSpan;
}

export interface TraceProof {
  readonly traceId: string;
  readonly spans: number;
  /** Spans of each service in the trace. */
  readonly services: Readonly<Record<string, number>>;
  /** From the sending of the email up to the request. */
  readonly path: readonly string[];
  /** What does not hold, a sentence each. */
  readonly faults: readonly string[];
}

const COMMANDS = ['orders.place', 'inventory.reserve-stock', 'payments.charge', 'shipping.request', 'shipping.dispatch', 'orders.confirm'];
const HANDLERS = ['process.checkout', 'consumer.carrier', 'consumer.notifier', 'queue.emails'];
const REQUEST = 'PUT /orders/:id';
const LOOK_MS = 50;

/** One order from its request to its email over five services, with the SDK's in-memory exporter in each: one trace, each span's parent in it. */
export async function proveTrace(): Promise<TraceProof> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const exporters = new Map(SERVICES.map((name) => [name, new InMemorySpanExporter()]));
  const providers = new Map([...exporters].map(([name, exporter]) => [name, providerOf(exporter)]));
  const telemetryOf = (name: ServiceName): { tracerProvider: BasicTracerProvider } => ({ tracerProvider: providers.get(name)! });
  const shared = { store: memory(), transport: inProcess(), faults: new Faults(false), telemetryOf };
  const app = await Eventspan.open(serviceOf('orders', shared));
  await app.start();
  const neighbours = await startHere(shared);
  const opened = [await app.send(new AddStock('lamp', 10)), await app.send(new OpenAccount('ann', 10_000))];
  for (const { commandId } of opened) await until(async () => (await app.outcomeOf(commandId)).state === 'executed');
  const tracer = telemetryOf('orders').tracerProvider.getTracer('http');
  await tracer.startActiveSpan(REQUEST, { kind: SpanKind.SERVER }, async (span) => {
    await app.execute(new PlaceOrder('o-1', 'ann', 'lamp', 1, 3_900));
    span.end();
  });
  await until(() => hasEmail(app));
  await neighbours.stop();
  await app.stop();
  const all = [...exporters].flatMap(([service, exporter]) => exporter.getFinishedSpans().map((span) => ({ service, span })));
  return judge(all);
}

function providerOf(exporter: InMemorySpanExporter): BasicTracerProvider {
  return new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
}

function judge(all: readonly ServiceSpan[]): TraceProof {
  const root = all.find(({ span }) => span.name === REQUEST)?.span;
  const traceId = root?.spanContext().traceId ?? 'none';
  const own = all.filter(({ span }) => span.spanContext().traceId === traceId);
  const byId = new Map(own.map(({ span }) => [span.spanContext().spanId, span]));
  const email = own.find(
    ({ span }) => attribute(span, 'eventspan.consumer') === 'queue.emails' && span.name.startsWith('eventspan.handle'),
  );
  const path = email === undefined ? [] : pathOf(email.span, byId);
  const services = Object.fromEntries(SERVICES.map((name) => [name, own.filter(({ service }) => service === name).length]));
  return { traceId, spans: own.length, services, path, faults: [...missing(own), ...orphans(own, byId), ...pathFaults(path)] };
}

/** Every service, every command and every handler of the order's way has a span in the trace. */
function missing(own: readonly ServiceSpan[]): string[] {
  const commands = new Set(own.map(({ span }) => attribute(span, 'eventspan.command')));
  const handlers = new Set(own.map(({ span }) => attribute(span, 'eventspan.consumer')));
  return [
    ...SERVICES.filter((name) => !own.some(({ service }) => service === name)).map((name) => `the trace does not reach ${name}`),
    ...COMMANDS.filter((name) => !commands.has(name)).map((name) => `the command ${name} is not in it`),
    ...HANDLERS.filter((name) => !handlers.has(name)).map((name) => `the handling by ${name} is not in it`),
  ];
}

/** Only the request has no parent, and no span begins before its parent does. */
function orphans(own: readonly ServiceSpan[], byId: ReadonlyMap<string, ReadableSpan>): string[] {
  return own.flatMap(({ service, span }) => {
    if (span.name === REQUEST) return [];
    const parent = byId.get(span.parentSpanContext?.spanId ?? '');
    if (parent === undefined) return [`the parent of ${span.name} of ${service} is not in the trace`];
    return millis(span) + 1 < millis(parent) ? [`${span.name} of ${service} begins before its parent`] : [];
  });
}

function pathOf(last: ReadableSpan, byId: ReadonlyMap<string, ReadableSpan>): readonly string[] {
  const path: string[] = [];
  for (let at: ReadableSpan | undefined = last; at !== undefined; at = byId.get(at.parentSpanContext?.spanId ?? '')) path.push(at.name);
  return path;
}

function pathFaults(path: readonly string[]): string[] {
  return path.at(-1) === REQUEST ? [] : ['no way leads from the sending of the email to the request'];
}

function millis({ startTime: [seconds, nanos] }: ReadableSpan): number {
  return seconds * 1_000 + nanos / 1_000_000;
}

function attribute({ attributes }: ReadableSpan, name: string): unknown {
  return attributes[name];
}

async function hasEmail({ store }: Eventspan): Promise<boolean> {
  const { name, columns, key } = emailsSent;
  for await (const _ of store.readModels.scan({ name, columns, key })) return true;
  return false;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
