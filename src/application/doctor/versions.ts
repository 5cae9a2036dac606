import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Finding } from '../../support/finding.js';

/** What a package says of the versions that it needs. */
export interface Manifest {
  readonly engines: { readonly node: string };
  readonly peerDependencies: Readonly<Record<string, string>>;
}

type Version = readonly [number, number, number];

/** Node and the packages that an application uses, against what this package was tested with. `installed` answers a package's version. Pure. */
export function judgeVersions(
  manifest: Manifest,
  {
    node,
    used,
    installed,
  }: { readonly node: string; readonly used: ReadonlySet<string>; readonly installed: (name: string) => string | undefined },
): readonly Finding[] {
  const peers = Object.entries(manifest.peerDependencies).flatMap(([name, range]) =>
    peerFinding(name, range, { installed: installed(name), isUsed: used.has(name) }),
  );
  const check = 'versions.node';
  if (isInRange(node, manifest.engines.node)) return [{ check, level: 'ok', message: `Node ${node}` }, ...peers];
  return [{ check, level: 'fail', message: `Node ${node}`, todo: `Use Node ${manifest.engines.node}.` }, ...peers];
}

function peerFinding(
  name: string,
  range: string,
  { installed, isUsed }: { readonly installed: string | undefined; readonly isUsed: boolean },
): readonly Finding[] {
  const check = 'versions.packages';
  if (installed === undefined) {
    return isUsed ? [{ check, level: 'fail', message: `${name} is not installed`, todo: `Run npm install ${name}@"${range}".` }] : [];
  }
  if (isInRange(installed, range)) return [{ check, level: 'ok', message: `${name} ${installed}` }];
  const level = isUsed ? 'fail' : 'warn';
  return [{ check, level, message: `${name} ${installed}, and ${range} is what works`, todo: `Run npm install ${name}@"${range}".` }];
}

/** Ranges as this package writes them: `^1.2.3 || ^2.0.0` and `>=20.19`. Pure. */
export function isInRange(version: string, range: string): boolean {
  const found = versionOf(version);
  return range.split('||').some((part) => {
    const [, operator = '', text = ''] = /^\s*(\^|>=)(\S+)\s*$/.exec(part) ?? [];
    const wanted = versionOf(text);
    if (operator === '' || compare(found, wanted) < 0) return false;
    if (operator === '>=') return true;
    return wanted[0] > 0 ? found[0] === wanted[0] : found[0] === 0 && found[1] === wanted[1];
  });
}

/** This package's own manifest: three folders up, from the source as from what is built. */
export function ownManifest(): Manifest {
  return JSON.parse(readFileSync(path.join(__dirname, '..', '..', '..', 'package.json'), 'utf8')) as Manifest;
}

/** The version of a package as this process would load it. */
export function installedVersion(name: string): string | undefined {
  for (const folder of require.resolve.paths(name) ?? []) {
    const file = path.join(folder, name, 'package.json');
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
  }
  return undefined;
}

function versionOf(text: string): Version {
  const [major = 0, minor = 0, patch = 0] = (/^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text) ?? []).slice(1).map((part) => Number(part ?? 0));
  return [major, minor, patch];
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
