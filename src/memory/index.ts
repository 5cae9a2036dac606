export { memory, type MemoryOptions } from './provider.js';
