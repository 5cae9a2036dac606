import { instanceToPlain, plainToInstance, type ClassConstructor } from 'class-transformer';
import type { Constructor } from '../constructor.js';
import type { ClassShape } from './class-shape.js';
import { findDifference } from './find-difference.js';
import { Hydrator } from './hydrate.js';
import { InstanceCopier } from './instance-copy.js';
import { findInvalidDate } from './invalid-date.js';
import type { PayloadFault } from './payload-fault.js';
import { PayloadGuard } from './payload-guard.js';
import { checkSize, notExact, parseObject, unreadable, type PayloadOwner } from './payload-text.js';
import { SubTypeCheck } from './unknown-sub-type.js';
import { messageOf } from '../../support/message-of.js';

export interface TransformedClass {
  readonly type: Constructor;
  readonly shapes: ReadonlyMap<Constructor, ClassShape>;
  /** Whether what is recorded is read back at once and compared. */
  readonly verify: boolean;
}

/** The long path: class-transformer, between guards for what it would change or lose without a word. */
export function createTransformedCodec({ type, shapes, verify }: TransformedClass, owner: PayloadOwner) {
  const hydrator = new Hydrator(owner.limits);
  const recorded = new SubTypeCheck(shapes, 'instances');
  const stored = new SubTypeCheck(shapes, 'json');

  /** `refuse`: what a fault means, reading what is stored or trying what is about to be. */
  const read = (text: string, refuse: Refusal): object => {
    const plain = parseObject(text, owner);
    const fault = hydrator.hydrate(plain, undefined) ?? stored.find(plain, type);
    if (fault) throw refuse(owner, fault);
    const value = convert(() => plainToInstance(type as ClassConstructor<object>, plain), owner, refuse);
    const invalid = findInvalidDate(value);
    if (invalid) throw refuse(owner, invalid);
    return value;
  };

  const write = (value: object): string => {
    const copier = new InstanceCopier(owner.limits);
    const copy = copier.copy(value) as object;
    assertExact(copier.fault ?? recorded.find(value, type), owner);
    const plain = convert(() => instanceToPlain(copy), owner, notExact);
    assertExact(new PayloadGuard(owner.limits, true).inspect(plain, undefined), owner);
    const text = checkSize(JSON.stringify(plain), owner);
    if (verify) assertExact(findDifference(value, read(text, notExact)), owner);
    return text;
  };

  return { serialize: write, deserialize: (text: string): object => read(text, unreadable) };
}

type Refusal = typeof notExact;

function convert(run: () => object, owner: PayloadOwner, refuse: Refusal): object {
  try {
    return run();
  } catch (error) {
    const reason = `class-transformer failed (${messageOf(error)})`;
    throw refuse(owner, { path: '', reason }, error);
  }
}

function assertExact(fault: PayloadFault | undefined, owner: PayloadOwner): void {
  if (fault) throw notExact(owner, fault);
}
