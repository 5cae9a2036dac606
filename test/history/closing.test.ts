import { HOMES } from '../command-handling/homes.js';
import { describeClosing } from './support/closing-suite.js';

describe.each(HOMES)('[%s] ending streams', (_, make) => describeClosing(make));
