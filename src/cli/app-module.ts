import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { EventspanError, type EventspanOptions } from '../index.js';

/** Where an application is looked for when `--app` is not given. */
export const DEFAULT_APP_MODULES = ['eventspan.config.js', 'eventspan.config.cjs', 'eventspan.config.mjs'] as const;

/** How `--app` is written, for the help. */
export const APP_MODULE = `module whose default export is the options of Eventspan.open, or a function that gives them (default: ${DEFAULT_APP_MODULES.join(', ')})`;

/**
 * The options of the application that commands work with: the default export of a module (or its export `options`), a function of it called
 * without arguments and awaited. Throws `OPTION_INVALID`, with the cause where the module itself failed.
 */
export async function loadApp(file?: string): Promise<EventspanOptions> {
  const found = file ?? DEFAULT_APP_MODULES.find((name) => existsSync(name));
  if (found === undefined) throw invalid('none', `a module, or one of ${DEFAULT_APP_MODULES.join(', ')} in this folder`);
  const options = await optionsOf(await importModule(found));
  if (typeof options !== 'object' || options === null || !('store' in options)) {
    throw invalid(found, 'a module whose default export is the options of Eventspan.open, or a function that gives them');
  }
  return options as EventspanOptions;
}

async function importModule(file: string): Promise<Record<string, unknown>> {
  const absolute = path.resolve(file);
  if (!existsSync(absolute)) throw invalid(file, 'a file that exists');
  try {
    return (await import(pathToFileURL(absolute).href)) as Record<string, unknown>;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EventspanError('OPTION_INVALID', { path: '--app', value: file, bound: `a module that can be loaded (${reason})` }, { cause });
  }
}

/** A CommonJS module has its exports under `default`, and a compiled one its own `default` among them. */
async function optionsOf(module: Record<string, unknown>): Promise<unknown> {
  let candidate: unknown = module['default'] ?? module['options'];
  if (typeof candidate === 'object' && candidate !== null && !('store' in candidate)) {
    const inner = candidate as Record<string, unknown>;
    candidate = inner['default'] ?? inner['options'] ?? candidate;
  }
  return typeof candidate === 'function' ? (candidate as () => unknown)() : candidate;
}

function invalid(value: string, bound: string): EventspanError {
  return new EventspanError('OPTION_INVALID', { path: '--app', value, bound });
}
