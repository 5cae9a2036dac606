/** Compiles without a word, although no class is left for the decorator: see compilers.test.ts. */
import 'reflect-metadata';
import { AggregateRoot } from '../../src/model/aggregate-root.js';
import { Apply } from '../../src/model/apply.decorator.js';
import type { Opened } from './compiled-domain.fixture.js';

export class Trapped extends AggregateRoot {
  @Apply()
  protected onOpened(_event: Opened): void {}
}
