import type { ErrorDescription } from '../error-description.js';

/** Decorators and registry: found when classes are defined or the application is opened. */
export const DEFINITION_CODES = {
  NAME_INVALID: {
    message: 'The name {value} of {what} is not usable.',
    remedy: 'Use 1 to 128 letters, digits, dots, dashes or underscores, beginning with a letter.',
  },
  HANDLER_CLASS_MISSING: {
    message: '{decorator} on {place} has no class to go by: the type of the first parameter is known only as {found}.',
    remedy:
      'Name the class in the decorator, as in {decorator}(LoanSubmitted); interfaces, unions, import type and esbuild leave no class behind.',
  },
  HANDLER_CLASS_DIFFERS: {
    message: '{decorator}({named}) on {place} stands before a method that takes {declared}.',
    remedy: 'Name the same class in the decorator and in the parameter.',
  },
  HANDLER_DUPLICATE: {
    message: '{className} has two {decorator} methods for {message}: {first} and {second}.',
    remedy: 'Keep one of them.',
  },
  DECORATOR_MISPLACED: {
    message: '{decorator} cannot be used on {place}, which {reason}.',
    remedy: 'Put it on an instance method of a class, and compile with experimentalDecorators (swc: legacyDecorator).',
  },
  AGGREGATE_INVALID: {
    message: '{className} cannot serve as an aggregate: it {reason}.',
    remedy: 'Correct the class; an aggregate is a concrete class that extends AggregateRoot and is decorated with @Aggregate(name).',
  },
  AGGREGATE_NAME_TAKEN: {
    message: 'The aggregates {first} and {second} are named {firstName} and {secondName}, so that their streams could meet.',
    remedy: 'Give each a name of its own that does not begin with the other and a dash.',
  },
  COMMAND_TARGET_UNKNOWN: {
    message: '{place} takes the command {command}, which {reason}.',
    remedy: 'Decorate the class with @Command(name, { aggregateId: (command) => command.someId }).',
  },
  COMMAND_HANDLED_TWICE: {
    message: 'The command {command} is handled by the aggregates {first} and {second}.',
    remedy: 'Keep one of the handlers, or use two commands.',
  },
  COMMAND_NAME_TAKEN: {
    message: 'Two command classes claim the name {name}: {first} and {second}.',
    remedy: 'Give each class a name of its own.',
  },
  RECORD_MISPLACED: {
    message: 'The aggregate {aggregate} cannot record {event}: {reason}.',
    remedy: 'Record in command handlers alone, and await everything that records.',
  },
  APPLY_ASYNC: {
    message: 'The apply method {place} returned a promise.',
    remedy: 'Set state at once; what needs waiting belongs into the command handler, before record().',
  },
  CLASS_EXPECTED: {
    message: '{decorator} was given {value} where a class was expected.',
    remedy: 'Import the class as a value (not `import type`, not an interface), and break import circles between the files.',
  },
  CLASS_NOT_DECORATED: {
    message: 'The class {className} has no @{decorator} of its own.',
    remedy: 'Put @{decorator} with a name on {className}; the decorator of a base class does not count.',
  },
  CLASS_DECORATED_TWICE: {
    message: 'The class {className} has more than one @{decorator}.',
    remedy: 'Keep one; earlier names go into aliases.',
  },
  EVENT_VERSION_INVALID: {
    message: 'The {option} {version} in @Event of {className} is not usable.',
    remedy: 'Use a whole number from {min} to {max}.',
  },
  EVENT_SCHEMA_INVALID: {
    message: 'What @Event of {className} says of its payload is not usable: {option} {reason}.',
    remedy:
      "Use fields: { amount: 'integer', note: 'string?' } in the notation of FieldNotation, schema: a Standard Schema (https://standardschema.dev), and validate: 'write' or 'both'.",
  },
  EVENT_NAME_TAKEN: {
    message: 'Two event classes claim the name {name}: {first} and {second}.',
    remedy: 'Give each class a name and aliases of its own.',
  },
  CLASS_NOT_STORABLE: {
    message: 'Instances of {className} cannot be stored: {reason}.',
    remedy: 'Change {className}: {cure}.',
  },
  CLASS_TRANSFORMER_SPLIT: {
    message: 'The decorators of class-transformer write to another copy of it than the one Eventspan reads.',
    remedy: 'Leave class-transformer and eventspan out of the bundle, or make the bundler resolve class-transformer to its CommonJS build.',
  },
} as const satisfies Record<string, ErrorDescription>;
