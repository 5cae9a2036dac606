/** The options of an application with a publication, its two topics named by TOPICS, for the command line. */
require('../../support/entries.cjs');
require('reflect-metadata');
const { memory } = require('eventspan');
const { pubsub } = require('eventspan/pubsub');
const { ordersPublic } = require('../../publications/support/orders.ts');

const [log, orders] = process.env.TOPICS.split(',');
const project = 'eventspan-test';

module.exports = {
  store: memory(),
  transport: pubsub({ project, topic: log }),
  topics: { orders: pubsub({ project, topic: orders }) },
  publications: [ordersPublic],
};
