import type * as Avsc from 'avsc';
import { EventspanError } from '../errors/eventspan-error.js';

/** The optional package. Throws `PACKAGE_MISSING`. */
export function loadAvsc(): typeof Avsc {
  try {
    return require('avsc') as typeof Avsc;
  } catch (cause) {
    throw new EventspanError('PACKAGE_MISSING', { packageName: 'avsc', usedBy: 'avroFormat(...)', install: 'avsc' }, { cause });
  }
}
