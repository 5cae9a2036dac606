/** For child processes of tests: `require('eventspan')` and its entries give our source. After run-source.cjs. */
const Module = require('node:module');
const path = require('node:path');

const SOURCE = path.join(__dirname, '../../src');
const resolve = Module._resolveFilename;

Module._resolveFilename = function resolveEntry(request, ...rest) {
  const [, entry] = /^eventspan(?:\/(\w+))?$/.exec(request) ?? [undefined, null];
  return entry === null ? resolve.call(this, request, ...rest) : path.join(SOURCE, entry ?? '', 'index.ts');
};
