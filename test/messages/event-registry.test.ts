import { createEventRegistry } from '../../src/messages/create-event-registry.js';
import { Event } from '../../src/messages/event.decorator.js';
import { upcast } from '../../src/messages/upcasting/upcast.js';
import { codeAndPathOf, codeOf, errorOf } from './error-of.js';

@Event('loan.submitted', { version: 2, aliases: ['loan.requested'] })
class LoanSubmitted {
  constructor(
    readonly applicant: string,
    readonly amount: number,
  ) {}
}

@Event('loan.approved')
class LoanApproved {}

const FROM_ONE = upcast.unchanged(LoanSubmitted, { from: 1 });
const registry = createEventRegistry([LoanSubmitted, LoanApproved], { upcasters: [FROM_ONE] });

describe('an event registry', () => {
  it('stores an event under its wire name and version, and reads it back as its class', () => {
    const stored = registry.serialize(new LoanSubmitted('a-17', 20_000));
    expect(stored).toEqual({ type: 'loan.submitted', schemaVersion: 2, data: '{"applicant":"a-17","amount":20000}' });
    expect(registry.deserialize(stored)).toStrictEqual(new LoanSubmitted('a-17', 20_000));
  });

  it('reads an alias as the class', () => {
    const read = registry.deserialize({ type: 'loan.requested', data: '{"applicant":"a","amount":1}' });
    expect(read).toStrictEqual(new LoanSubmitted('a', 1));
    expect(registry.find('loan.requested')).toBe(registry.find('loan.submitted'));
  });

  it('lists its events in the order in which they were given, each once', () => {
    const twice = createEventRegistry([LoanApproved, LoanSubmitted, LoanApproved], { upcasters: [FROM_ONE] });
    expect(twice.events.map((event) => event.name)).toEqual(['loan.approved', 'loan.submitted']);
  });

  it('names both classes when they claim one name', () => {
    @Event('loan.approved')
    class Impostor {}
    const error = errorOf(() => createEventRegistry([LoanApproved, Impostor]));
    expect(error.code).toBe('EVENT_NAME_TAKEN');
    expect(error.message).toContain('LoanApproved');
    expect(error.message).toContain('Impostor');
  });

  it('refuses an alias that is the name or the alias of another class', () => {
    @Event('other.a', { aliases: ['loan.approved'] })
    class AliasIsName {}
    @Event('other.b', { aliases: ['loan.requested'] })
    class AliasIsAlias {}
    expect(codeOf(() => createEventRegistry([LoanApproved, AliasIsName]))).toBe('EVENT_NAME_TAKEN');
    expect(codeOf(() => createEventRegistry([AliasIsName, LoanApproved]))).toBe('EVENT_NAME_TAKEN');
    expect(codeOf(() => createEventRegistry([LoanSubmitted, AliasIsAlias]))).toBe('EVENT_NAME_TAKEN');
  });

  it('refuses undecorated classes and subclasses of events', () => {
    class Plain {}
    class Special extends LoanSubmitted {}
    expect(codeOf(() => createEventRegistry([Plain]))).toBe('CLASS_NOT_DECORATED');
    expect(codeOf(() => createEventRegistry([Special]))).toBe('CLASS_NOT_DECORATED');
  });

  it('does not take an instance of a subclass, a plain object or a primitive for an event', () => {
    class Special extends LoanSubmitted {}
    for (const value of [new Special('a', 1), {}, Object.create(null), null, 'loan.submitted']) {
      expect(codeOf(() => registry.serialize(value as object))).toBe('EVENT_NOT_REGISTERED');
      expect(codeOf(() => registry.describe(value as object))).toBe('EVENT_NOT_REGISTERED');
    }
  });

  it.each(['loan.unknown', 'toString', '__proto__', 'constructor', 'hasOwnProperty', ''])('knows no event named %p', (type) => {
    expect(registry.find(type)).toBeUndefined();
    expect(codeOf(() => registry.deserialize({ type, data: '{}' }))).toBe('EVENT_TYPE_UNKNOWN');
  });

  it('does not read what a newer version of the program has recorded', () => {
    expect(codeAndPathOf(() => registry.deserialize({ type: 'loan.submitted', schemaVersion: 3, data: '{}' }))).toBe(
      'PAYLOAD_UNREADABLE $',
    );
  });

  it('holds the limits it is given', () => {
    const small = createEventRegistry([LoanSubmitted], { limits: { maxCharacters: 40 }, upcasters: [FROM_ONE] });
    const long = new LoanSubmitted('x'.repeat(40), 1);
    expect(codeOf(() => small.serialize(long))).toBe('PAYLOAD_TOO_LARGE');
    expect(codeOf(() => small.deserialize(registry.serialize(long)))).toBe('PAYLOAD_TOO_LARGE');
    expect(small.serialize(new LoanSubmitted('x', 1)).data).toBe('{"applicant":"x","amount":1}');
  });
});
