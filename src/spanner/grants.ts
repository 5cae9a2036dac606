import type { Grant } from '../support/grant.js';
import type { SpannerSettings } from './options.js';

/** The roles that a store on Spanner needs. Pure. */
export function spannerGrants({ databasePath }: Pick<SpannerSettings, 'databasePath'>): readonly Grant[] {
  return [
    {
      member: 'app',
      role: 'roles/spanner.databaseUser',
      resource: databasePath,
      reason: 'reads and writes events, cursors and read models',
    },
    {
      member: 'migrations',
      role: 'roles/spanner.databaseAdmin',
      resource: databasePath,
      reason: 'changes the schema: eventspan migrate, and the tables of new projections',
    },
  ];
}
