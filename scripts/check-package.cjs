/**
 * Packs the package as it would be published and looks at the tarball: publint, are-the-types-wrong, and an installation into
 * an empty project from which every entry is loaded by `require` and by `import`, and the command line is run.
 */
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'eventspan-package-'));
const run = (command, args, cwd = root) => execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

try {
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder]));
  const tarball = path.join(folder, filename);
  process.stdout.write(run('npx', ['publint', 'run', tarball, '--strict']));
  process.stdout.write(run('npx', ['attw', tarball, '--profile', 'node16']));

  const project = path.join(folder, 'project');
  fs.mkdirSync(project);
  fs.writeFileSync(path.join(project, 'package.json'), '{ "name": "smoke", "private": true }');
  run('npm', ['install', '--no-audit', '--ignore-scripts', tarball], project);
  const entries = ['eventspan', 'eventspan/spanner', 'eventspan/pubsub', 'eventspan/sqlite', 'eventspan/avro', 'eventspan/testing'];
  const check = `
    const entries = ${JSON.stringify(entries)};
    (async () => {
      for (const entry of entries) {
        const required = require(entry);
        const imported = await import(entry);
        const names = Object.keys(required);
        if (names.length === 0) throw new Error(entry + ' exports nothing');
        for (const name of names) if (imported[name] !== required[name]) throw new Error(entry + '.' + name + ' differs between require and import');
        console.log(entry + ': ' + names.length + ' names, the same by require and import, without its optional peers');
      }
    })().catch((error) => { console.error(error); process.exit(1); });`;
  fs.writeFileSync(path.join(project, 'check.js'), check);
  process.stdout.write(run(process.execPath, ['check.js'], project));
  process.stdout.write(run('npx', ['eventspan', '--version'], project));
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
