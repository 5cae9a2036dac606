export { spanner } from './provider.js';
export type { SpannerOptions } from './options.js';
