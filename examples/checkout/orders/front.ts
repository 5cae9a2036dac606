import fastify, { type FastifyInstance } from 'fastify';
import type { Eventspan, Row } from 'eventspan';
import { PlaceOrder } from './messages.js';

/** What a customer sends. */
export interface OrderRequest {
  readonly customer: string;
  readonly sku: string;
  readonly quantity: number;
  readonly amount: number;
}

const BODY = {
  type: 'object',
  required: ['customer', 'sku', 'quantity', 'amount'],
  additionalProperties: false,
  properties: {
    customer: { type: 'string', minLength: 1, maxLength: 64 },
    sku: { type: 'string', minLength: 1, maxLength: 64 },
    quantity: { type: 'integer', minimum: 1, maximum: 1_000 },
    amount: { type: 'integer', minimum: 1 },
  },
} as const;
const LOOK_MS = 100;

/**
 * The shop's front: `PUT /orders/:id` answers at once that the order is taken (the same request twice is one order), `GET /orders/:id` says how it
 * stands, and `GET /orders/:id/progress` streams what happens to it as server-sent events until it is confirmed or cancelled.
 */
export function createFront(app: Eventspan): FastifyInstance {
  const front = fastify({ bodyLimit: 16_384 });
  const model = app.readModel('order-book');

  front.put<{ Params: { id: string }; Body: OrderRequest }>('/orders/:id', { schema: { body: BODY } }, async (request, reply) => {
    const { id } = request.params;
    const { customer, sku, quantity, amount } = request.body;
    await app.execute(new PlaceOrder(id, customer, sku, quantity, amount), { commandId: `place-${id}`, metadata: { correlationId: id } });
    return reply.code(202).send({ order: id, progress: `/orders/${id}/progress` });
  });

  front.get<{ Params: { id: string } }>('/orders/:id', async (request, reply) => {
    const row = await model.get('order_book', { order_id: request.params.id });
    return row ?? reply.code(404).send({ error: 'no such order, or not yet' });
  });

  front.get<{ Params: { id: string } }>('/orders/:id/progress', async (request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const gone = new AbortController();
    request.raw.once('close', () => gone.abort());
    for await (const text of stepsOf(app, request.params.id, gone.signal)) reply.raw.write(`data: ${JSON.stringify(text)}\n\n`);
    reply.raw.end();
  });
  return front;
}

/** What happens to an order, until it has ended or nobody listens any more. */
async function* stepsOf(app: Eventspan, orderId: string, gone: AbortSignal): AsyncGenerator<string> {
  const model = app.readModel('order-book');
  const told = new Set<unknown>();
  while (!gone.aborted) {
    const row: Row | undefined = await model.get('order_book', { order_id: orderId });
    for (const { position, text } of await model.all('order_steps', { order_id: orderId })) {
      if (!told.has(position)) yield String(text);
      told.add(position);
    }
    if (row !== undefined && row['status'] !== 'open') return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
