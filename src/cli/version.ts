import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The version in the package's own package.json, two folders up from the built file. */
export function version(): string {
  const file = path.join(__dirname, '..', '..', 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
