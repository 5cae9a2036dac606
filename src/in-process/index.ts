export { inProcess } from './in-process.js';
export type { InProcessOptions } from './in-process-options.js';
