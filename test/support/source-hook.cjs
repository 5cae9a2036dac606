/** Lets jest's global setup load our source: there, `./x.js` is resolved without jest's moduleNameMapper. */
const Module = require('node:module');

const resolve = Module._resolveFilename;
Module._resolveFilename = function resolveSource(request, parent, ...rest) {
  if (!request.startsWith('.') || !request.endsWith('.js') || !parent?.filename?.endsWith('.ts')) {
    return resolve.call(this, request, parent, ...rest);
  }
  return resolve.call(this, request.replace(/\.js$/, '.ts'), parent, ...rest);
};
