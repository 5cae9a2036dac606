import { readdirSync, statSync, type Dirent } from 'node:fs';
import path from 'node:path';

/** A file with its path below the part of the pattern that has no wildcards. */
export interface FoundFile {
  readonly file: string;
  readonly below: string;
}

/**
 * The files that the patterns name, sorted, each once. `*` stands for any text and `?` for one character inside one part of a path, a part
 * `**` for any number of folders; everything else is itself. What begins with a dot is not found by wildcards. A pattern without wildcards
 * names its file, or nothing. Always with `/` between the parts.
 */
export function findFiles(patterns: readonly string[]): readonly FoundFile[] {
  const found = new Map<string, FoundFile>();
  for (const pattern of patterns) for (const each of matchesOf(pattern)) found.set(path.resolve(each.file), each);
  return [...found.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
}

function matchesOf(pattern: string): readonly FoundFile[] {
  const parts = pattern.replaceAll('\\', '/').split('/');
  const wild = parts.findIndex((part) => /[*?]/.test(part));
  if (wild === -1) return isFile(pattern) ? [{ file: pattern, below: path.basename(pattern) }] : [];
  const root = parts.slice(0, wild).join('/');
  const base = root === '' && pattern.startsWith('/') ? '/' : root;
  return walk(base, parts.slice(wild)).map((name) => ({ file: path.posix.join(base, name), below: name }));
}

function walk(folder: string, [part, ...rest]: readonly string[]): readonly string[] {
  if (part === undefined) return [];
  const entries = entriesOf(folder);
  if (part === '**') return [...walk(folder, rest), ...below(folder, entries.filter(isVisibleFolder), ['**', ...rest])];
  const matching = entries.filter((entry) => matcherOf(part).test(entry.name));
  if (rest.length === 0) return matching.filter((entry) => isFile(path.join(folder, entry.name))).map(({ name }) => name);
  return below(folder, matching, rest);
}

function below(folder: string, entries: readonly Dirent[], rest: readonly string[]): readonly string[] {
  return entries.flatMap(({ name }) => walk(path.join(folder, name), rest).map((found) => `${name}/${found}`));
}

/** `*` at the beginning does not find what begins with a dot. */
function matcherOf(part: string): RegExp {
  const source = part.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  const hidden = part.startsWith('.') ? '' : String.raw`(?!\.)`;
  return new RegExp(`^${hidden}${source.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}

function isVisibleFolder(entry: Dirent): boolean {
  return entry.isDirectory() && !entry.name.startsWith('.');
}

/** A folder that is not there, or no folder, has nothing in it. */
function entriesOf(folder: string): readonly Dirent[] {
  const at = folder === '' ? '.' : folder;
  if (!statSync(at, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(at, { withFileTypes: true });
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}
