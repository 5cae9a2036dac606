import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GuardedProcess } from '../../src/testing/emulators/guarded-process.js';
import { openEmulator } from '../../src/testing/emulators/emulator.js';
import { findEmulator, findEmulators } from '../../src/testing/emulators/find-emulators.js';
import { startEmulators } from '../../src/testing/emulators/index.js';
import { describeWithEmulator } from '../support/emulators.js';
import { isAlive, livingInGroup, until } from '../support/until.js';

const GUARDED = join(__dirname, '../../src/testing/emulators/guarded-process.ts');

describe('finding emulators', () => {
  it('takes the host of the environment variable', async () => {
    const found = await findEmulators({ SPANNER_EMULATOR_HOST: 'localhost:1', PUBSUB_EMULATOR_HOST: 'localhost:2' });
    expect(found).toEqual({
      spanner: { origin: 'environment', host: 'localhost:1' },
      pubsub: { origin: 'environment', host: 'localhost:2' },
    });
  });

  it('finds the SDK through a symbolic link of gcloud on PATH', async () => {
    const root = await mkdtemp(join(tmpdir(), 'sdk-'));
    const program = join(root, 'sdk', 'bin', 'cloud_spanner_emulator', 'emulator_main');
    await mkdir(join(program, '..'), { recursive: true });
    await mkdir(join(root, 'path'));
    await writeFile(program, '');
    await chmod(program, 0o755);
    await writeFile(join(root, 'sdk', 'bin', 'gcloud'), '');
    await symlink(join(root, 'sdk', 'bin', 'gcloud'), join(root, 'path', 'gcloud'));
    const found = await findEmulator('spanner', { PATH: join(root, 'path'), HOME: root });
    expect(found).toMatchObject({ origin: 'sdk', args: [] });
    expect((found as { command: string }).command).toMatch(/sdk\/bin\/cloud_spanner_emulator\/emulator_main$/);
  });

  it('an emulator of the SDK without java is not one, and the reason is told', async () => {
    const root = await mkdtemp(join(tmpdir(), 'sdk-'));
    await mkdir(join(root, 'platform', 'pubsub-emulator', 'lib'), { recursive: true });
    await writeFile(join(root, 'platform', 'pubsub-emulator', 'lib', 'cloud-pubsub-emulator-1.0-all.jar'), '');
    const found = await findEmulator('pubsub', { CLOUDSDK_ROOT_DIR: root, PATH: '/nowhere', HOME: root });
    expect(found).toMatchObject({ origin: 'none', tried: expect.arrayContaining([expect.stringContaining('java')]) });
  });
});

describe('an emulator that is not there', () => {
  it('gives EMULATOR_NOT_FOUND with everything that was tried', async () => {
    const launch = { service: 'spanner', source: { origin: 'none', tried: ['this', 'that'] }, flags: [], readyTimeoutMs: 1 } as const;
    await expect(openEmulator(launch)).rejects.toMatchObject({
      code: 'EMULATOR_NOT_FOUND',
      message: expect.stringContaining('this, that'),
    });
  });

  it('gives EMULATOR_NOT_READY with its output when it ends early', async () => {
    const source = { origin: 'sdk', command: '/bin/sh', args: ['-c', 'echo no such licence; exit 3'] } as const;
    const opening = openEmulator({ service: 'pubsub', source, flags: [], readyTimeoutMs: 10_000 });
    await expect(opening).rejects.toMatchObject({ code: 'EMULATOR_NOT_READY', details: { output: 'no such licence' } });
  });

  it('gives EMULATOR_NOT_READY when it does not serve in time, and is ended', async () => {
    const source = { origin: 'sdk', command: '/bin/sh', args: ['-c', 'echo $$; exec sleep 60'] } as const;
    const error = await openEmulator({ service: 'pubsub', source, flags: [], readyTimeoutMs: 300 }).catch((caught) => caught);
    expect(error).toMatchObject({ code: 'EMULATOR_NOT_READY' });
    expect(isAlive(Number(error.details.output))).toBe(false);
  });

  it('of the environment is taken as it is, is not ours to restart, and is left alone', async () => {
    const emulator = await openEmulator({
      service: 'spanner',
      source: { origin: 'environment', host: 'somewhere:1' },
      flags: [],
      readyTimeoutMs: 1,
    });
    expect(emulator).toMatchObject({ host: 'somewhere:1', origin: 'environment', pid: undefined });
    await expect(emulator.restart()).rejects.toMatchObject({ code: 'EMULATOR_NOT_OURS' });
    await emulator.stop();
  });
});

describe('a guarded process', () => {
  it('is ended by SIGTERM, and leaves no watcher behind', async () => {
    const child = new GuardedProcess('/bin/sleep', ['60']);
    const pid = child.pid as number;
    expect(isAlive(pid)).toBe(true);
    await child.stop();
    expect(isAlive(pid)).toBe(false);
    await until(() => livingInGroup(pid) === 0, 'the group is gone');
  });

  it('is ended by SIGKILL when it ignores SIGTERM', async () => {
    const child = new GuardedProcess('/bin/sh', ['-c', "trap '' TERM; echo ready; while :; do sleep 1; done"]);
    await until(() => child.outputTail.includes('ready'), 'it runs');
    await child.stop();
    expect(isAlive(child.pid as number)).toBe(false);
  }, 20_000);

  it('does not outlive a parent that is killed', async () => {
    const script = `
      require('@swc/core');
      const { code } = require('@swc/core').transformFileSync(${JSON.stringify(GUARDED)}, {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } });
      const holder = { exports: {} };
      new Function('require', 'module', 'exports', code)(require, holder, holder.exports);
      const child = new holder.exports.GuardedProcess('/bin/sleep', ['60']);
      process.stdout.write(child.pid + '\\n');
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['-e', script], { cwd: join(__dirname, '../..'), stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = Number(await new Promise<string>((resolve) => parent.stdout.once('data', (chunk) => resolve(String(chunk)))));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !isAlive(pid), 'the child is gone');
  });
});

describeWithEmulator('spanner', 'the launched emulator', () => {
  it('serves, restarts on its port under a new process, and stops', async () => {
    const running = await startEmulators({ spanner: { reuse: false, abortCurrentTransactionProbability: 100 } });
    const { spanner } = running;
    const first = spanner?.pid as number;
    const host = spanner?.host;
    expect(host).toMatch(/^127\.0\.0\.1:\d+$/);
    await spanner?.restart();
    expect(spanner?.host).toBe(host);
    expect(spanner?.pid).not.toBe(first);
    expect(isAlive(first)).toBe(false);
    await running.stop();
    expect(isAlive(spanner?.pid as number)).toBe(false);
  });
});

describeWithEmulator('pubsub', 'the launched emulator', () => {
  it('serves, and stops', async () => {
    const running = await startEmulators({ pubsub: { reuse: false } });
    expect(running.pubsub?.host).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(isAlive(running.pubsub?.pid as number)).toBe(true);
    await running.stop();
    expect(isAlive(running.pubsub?.pid as number)).toBe(false);
  });
});
