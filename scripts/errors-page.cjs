/** Makes docs/reference/errors.md of the error table. `node scripts/errors-page.cjs` writes it from the build in dist. */
const fs = require('node:fs');
const path = require('node:path');

const quoted = (template) => template.replace(/\{(\w+)\}/g, '*$1*');

function section(code, { message, remedy, retryable }) {
  return `## ${code}\n\n${quoted(message)}\n\n**What to do:** ${quoted(remedy)}${retryable ? '\n\nThe same call may succeed later (`retryable`).' : ''}\n`;
}

function errorsPage(table) {
  const codes = Object.keys(table).sort();
  const head = [
    '# Errors',
    '',
    'Everything that Eventspan throws is an `EventspanError` with a `code` of this list, `details` (the values in italics), `retryable`, and the `cause` where there is one.',
    'This page is made from the code table in `src/errors` by `npm run docs:errors`; a test fails when they differ.',
    '',
  ];
  return `${head.join('\n')}\n${codes.map((code) => section(code, table[code])).join('\n')}`;
}

module.exports = { errorsPage };
if (require.main === module) {
  const { ERROR_CODES } = require('../dist/errors/codes.js');
  fs.writeFileSync(path.join(__dirname, '../docs/reference/errors.md'), errorsPage(ERROR_CODES));
}
