/** Lets a child process run an example from its source, with `eventspan` as the source of this repository. */
const Module = require('node:module');
const path = require('node:path');
process.env.RUN_SOURCE_IMPORTS = 'require';
require('../support/run-source.cjs');

const resolve = Module._resolveFilename;
Module._resolveFilename = function resolvePackage(request, ...rest) {
  const [, entry] = /^eventspan(?:\/(\w+))?$/.exec(request) ?? [undefined, undefined];
  if (!/^eventspan(\/\w+)?$/.test(request)) return resolve.call(this, request, ...rest);
  return path.join(__dirname, '..', '..', 'src', entry ?? '', 'index.ts');
};
