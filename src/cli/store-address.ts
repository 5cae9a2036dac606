import { EventspanError, type StoreProvider } from '../index.js';
import { spanner } from '../spanner/index.js';
import { sqlite } from '../sqlite/index.js';

/** How `--store` is written, for the help. */
export const STORE_ADDRESS = 'sqlite:FILE or spanner:PROJECT/INSTANCE/DATABASE';

const SPANNER = /^spanner:(?:projects\/)?([^/]+)\/(?:instances\/)?([^/]+)\/(?:databases\/)?([^/]+)$/;
const SQLITE = /^sqlite:(.+)$/;

/**
 * The store that a text names: `sqlite:FILE`, or `spanner:PROJECT/INSTANCE/DATABASE` (also with the words `projects/`,
 * `instances/`, `databases/` between). Throws `OPTION_INVALID`.
 */
export function storeAt(address: string, options: { readonly shards?: number; readonly migrate: 'auto' | 'check' }): StoreProvider {
  const file = SQLITE.exec(address)?.[1];
  if (file !== undefined) return sqlite(file, options);
  const [, project, instance, database] = SPANNER.exec(address) ?? [];
  if (project === undefined || instance === undefined || database === undefined) {
    throw new EventspanError('OPTION_INVALID', {
      path: '--store',
      value: address,
      bound: STORE_ADDRESS,
    });
  }
  return spanner({ project, instance, database, ...options });
}
