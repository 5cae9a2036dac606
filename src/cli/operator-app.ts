import { Eventspan, inProcess } from '../index.js';
import { loadApp } from './app-module.js';

/**
 * Opens the application of a module for an operator's command: nothing of it is started, but this process may carry out what is to be done
 * with projections. Its transport is left alone. Closed in every case.
 */
export async function withOperatorApp<T>(file: string | undefined, work: (app: Eventspan) => Promise<T>): Promise<T> {
  const options = await loadApp(file);
  const app = await Eventspan.open({ ...options, roles: ['projectors'], transport: inProcess() });
  try {
    return await work(app);
  } finally {
    await app.stop();
  }
}
