/**
 * Takes the ```ts blocks out of README.md and docs/, one module a page, into build/docs-blocks: imports first, the rest as
 * the body of `run()`. The type checker reads them there, and test/docs/code-blocks.test.ts runs them.
 * A block that begins with `// not run` is left out.
 */
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const out = path.join(root, 'build', 'docs-blocks');

function pages(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return pages(file);
    return entry.name.endsWith('.md') ? [file] : [];
  });
}

function blocksOf(text) {
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1]).filter((block) => !block.startsWith('// not run'));
}

function moduleOf(blocks) {
  const imports = [];
  const body = blocks.join('\n').replace(/^import [\s\S]*?;\n/gm, (statement) => {
    imports.push(statement);
    return '';
  });
  return `${[...new Set(imports)].join('')}\nexport async function run(): Promise<void> {\n${body.replace(/^export /gm, '')}\n}\n`;
}

function extract() {
  fs.rmSync(out, { recursive: true, force: true });
  fs.mkdirSync(out, { recursive: true });
  const files = [path.join(root, 'README.md'), ...pages(path.join(root, 'docs'))];
  const modules = [];
  for (const file of files.filter((name) => fs.existsSync(name))) {
    const blocks = blocksOf(fs.readFileSync(file, 'utf8'));
    if (blocks.length === 0) continue;
    const page = path.relative(root, file);
    const target = path.join(out, page.replace(/[/\\]/g, '-').replace(/\.md$/, '.ts'));
    fs.writeFileSync(target, moduleOf(blocks));
    modules.push({ page, target, blocks: blocks.length });
  }
  return modules;
}

module.exports = { extract };
if (require.main === module) for (const { page, blocks } of extract()) console.log(`${page}: ${blocks}`);
