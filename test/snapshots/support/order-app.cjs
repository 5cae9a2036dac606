/** The options of an application on the SQLite file DB, for the command line. */
require('../../support/entries.cjs');
require('reflect-metadata');
const { sqlite } = require('eventspan/sqlite');
const { Order, tally } = require('./orders.ts');

module.exports = { store: sqlite(process.env.DB), aggregates: [Order, tally], roles: ['commands'] };
