/** Lets a plain child process of a test load our TypeScript: `require('.../run-source.cjs')`, then require the source. */
require('./source-hook.cjs');
const { readFileSync } = require('node:fs');
const { transformSync } = require('@swc/core');

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    // import() stays: modules that a command is given are imported by their URL, as in the built program. Examples import our own
    // entries so, which must be the source, too.
    module: { type: 'commonjs', ignoreDynamic: process.env.RUN_SOURCE_IMPORTS !== 'require' },
    sourceMaps: 'inline',
    swcrc: false,
  });
  module._compile(code, filename);
};
