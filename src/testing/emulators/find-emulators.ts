import { spawn } from 'node:child_process';
import { access, readdir } from 'node:fs/promises';
import { constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { EMULATOR_PROFILES, type EmulatorService } from './emulator-service.js';
import { findOnPath, sdkRoots } from './sdk-roots.js';

/** Where an emulator can be had, or why it cannot. */
export type EmulatorSource =
  | { readonly origin: 'environment'; readonly host: string }
  | { readonly origin: 'sdk'; readonly command: string; readonly args: readonly string[] }
  | { readonly origin: 'docker'; readonly command: string; readonly image: string }
  | { readonly origin: 'none'; readonly tried: readonly string[] };

export type FoundEmulators = Readonly<Record<EmulatorService, EmulatorSource>>;

type Environment = Readonly<Record<string, string | undefined>>;

const DOCKER_ANSWER_MS = 3_000;

/**
 * Says for each service where its emulator would come from: the environment variable, the Google Cloud SDK, or Docker's
 * official image, in this order; else what was tried. Starts nothing. Takes up to 3 s when only Docker is left to ask.
 */
export async function findEmulators(environment: Environment = process.env): Promise<FoundEmulators> {
  const [spanner, pubsub] = await Promise.all([findEmulator('spanner', environment), findEmulator('pubsub', environment)]);
  return { spanner, pubsub };
}

/** {@link findEmulators} for one service. */
export async function findEmulator(service: EmulatorService, environment: Environment = process.env): Promise<EmulatorSource> {
  const { variable } = EMULATOR_PROFILES[service];
  const host = environment[variable];
  if (host !== undefined && host !== '') return { origin: 'environment', host };
  return startableEmulator(service, environment);
}

/** {@link findEmulator} without the environment variable: what can be started here. */
export async function startableEmulator(service: EmulatorService, environment: Environment = process.env): Promise<EmulatorSource> {
  const tried: string[] = [`${EMULATOR_PROFILES[service].variable} is not set`];
  const sdk = await (service === 'spanner' ? spannerOfSdk(environment, tried) : pubsubOfSdk(environment, tried));
  return sdk ?? dockerImage(service, environment, tried);
}

async function spannerOfSdk(environment: Environment, tried: string[]): Promise<EmulatorSource | undefined> {
  const roots = await sdkRoots(environment);
  for (const root of roots) {
    const command = join(root, 'bin', 'cloud_spanner_emulator', 'emulator_main');
    if (await isExecutable(command)) return { origin: 'sdk', command, args: [] };
  }
  tried.push(`no cloud_spanner_emulator in ${describeRoots(roots)}`);
  return undefined;
}

async function pubsubOfSdk(environment: Environment, tried: string[]): Promise<EmulatorSource | undefined> {
  const roots = await sdkRoots(environment);
  const jar = await firstJar(roots);
  if (jar === undefined) {
    tried.push(`no pubsub-emulator in ${describeRoots(roots)}`);
    return undefined;
  }
  const home = environment['JAVA_HOME'];
  const java = await findOnPath('java', [home === undefined ? '' : join(home, 'bin'), environment['PATH']].join(delimiter));
  if (java !== undefined) return { origin: 'sdk', command: java, args: ['-jar', jar] };
  tried.push('the pubsub-emulator of the SDK needs java, which is not on PATH');
  return undefined;
}

async function firstJar(roots: readonly string[]): Promise<string | undefined> {
  for (const root of roots) {
    const folder = join(root, 'platform', 'pubsub-emulator', 'lib');
    const files = await readdir(folder).catch((): string[] => []);
    const jar = files.find((name) => /^cloud-pubsub-emulator-.*-all\.jar$/.test(name));
    if (jar !== undefined) return join(folder, jar);
  }
  return undefined;
}

async function dockerImage(service: EmulatorService, environment: Environment, tried: string[]): Promise<EmulatorSource> {
  const command = await findOnPath('docker', environment['PATH']);
  if (command === undefined) return { origin: 'none', tried: [...tried, 'docker is not on PATH'] };
  if (!(await dockerAnswers(command))) return { origin: 'none', tried: [...tried, 'no Docker daemon answers'] };
  return { origin: 'docker', command, image: EMULATOR_PROFILES[service].image };
}

function dockerAnswers(command: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore', timeout: DOCKER_ANSWER_MS });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

function describeRoots(roots: readonly string[]): string {
  return roots.length === 0 ? 'the usual folders: no Google Cloud SDK was found' : roots.join(', ');
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
