import type { ReadModels } from '../../event-store/read-models.js';
import { createReadModel, type ReadModel } from '../read-model.js';
import type { LiveGenerations } from './live-generations.js';

/**
 * Reads whatever generation is live, by the tables that its row declares: readers never know the version, and need not have its code. A scan
 * stays with the generation with which it began. Costs a Read more each `liveCacheMs`, for all projections together.
 */
export function liveReadModel(readModels: Pick<ReadModels, 'get' | 'scan'>, projector: string, live: LiveGenerations): ReadModel {
  const current = async (): Promise<ReadModel> => {
    const generation = await live.live(projector);
    return createReadModel(readModels, { name: projector, version: generation.version, tables: generation.tables }, generation);
  };
  return {
    get: async (...args) => (await current()).get(...args),
    all: async (...args) => (await current()).all(...args),
    async *scan(...args) {
      yield* (await current()).scan(...args);
    },
  };
}
