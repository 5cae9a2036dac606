import { access, readdir, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Folders where packages and installers put the SDK; a Homebrew cask keeps one folder a version. */
const USUAL_ROOTS = [
  '/usr/lib/google-cloud-sdk',
  '/usr/share/google-cloud-sdk',
  '/usr/local/google-cloud-sdk',
  '/opt/google-cloud-sdk',
  '/opt/google-cloud-cli',
  '/snap/google-cloud-cli/current',
  '/opt/homebrew/share/google-cloud-sdk',
  '/usr/local/share/google-cloud-sdk',
];
const CASKS = ['/opt/homebrew/Caskroom/gcloud-cli', '/opt/homebrew/Caskroom/google-cloud-sdk', '/usr/local/Caskroom/google-cloud-sdk'];

/** Existing roots of the Google Cloud SDK: CLOUDSDK_ROOT_DIR, where `gcloud` on PATH really lies, the usual folders. */
export async function sdkRoots(environment: Environment): Promise<readonly string[]> {
  const home = environment['HOME'] ?? homedir();
  const candidates = [
    environment['CLOUDSDK_ROOT_DIR'],
    await rootOfGcloud(environment['PATH']),
    ...USUAL_ROOTS,
    join(home, 'google-cloud-sdk'),
    join(home, '.local', 'google-cloud-sdk'),
    ...(await Promise.all(CASKS.map(caskRoots))).flat(),
  ];
  const resolved = await Promise.all(candidates.map(resolveFolder));
  return [...new Set(resolved.filter((root) => root !== undefined))];
}

/** The first file of this name in the folders of `path`, if there is one. */
export async function findOnPath(name: string, path: string | undefined): Promise<string | undefined> {
  for (const folder of (path ?? '').split(delimiter)) {
    if (folder === '') continue;
    const file = join(folder, name);
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}

async function rootOfGcloud(path: string | undefined): Promise<string | undefined> {
  const gcloud = await findOnPath('gcloud', path);
  if (gcloud === undefined) return undefined;
  return dirname(dirname(await realpath(gcloud)));
}

async function caskRoots(cask: string): Promise<string[]> {
  const versions = await readdir(cask).catch((): string[] => []);
  return versions.map((version) => join(cask, version, 'google-cloud-sdk'));
}

async function resolveFolder(folder: string | undefined): Promise<string | undefined> {
  if (folder === undefined || folder === '') return undefined;
  return realpath(folder).catch(() => undefined);
}
