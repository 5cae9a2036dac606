import type { Constructor } from '../messages/constructor.js';
import type { ProcessDefinition } from './process-definition.js';
import { processDefinitionOf } from './process-definition-of.js';

/** A class with `@ProcessManager`, or what `defineProcessManager` returned. */
export type ProcessSource = Constructor | ProcessDefinition;

/** Throws what a process manager is checked for. */
export function processOf(source: ProcessSource): ProcessDefinition {
  return typeof source === 'function' ? processDefinitionOf(source) : source;
}
