import type { ErrorDescription } from '../error-description.js';

/** Contracts between services, and schemas of topics. */
export const CONTRACT_CODES = {
  CONTRACT_DUPLICATE: {
    message: '{event} is in the contracts twice: {first} and {second}.',
    remedy: 'Give every published event a name of its own.',
  },
  CONTRACTS_INVALID: {
    message: '{file} cannot be used as contracts: {reason}.',
    remedy: 'Write it with eventspan contracts export, and leave it as it is.',
  },
  CONTRACTS_DISAGREE: {
    message: '{consumer} cannot read what {producer} publishes: {disagreements}.',
    remedy:
      'Publish what is read, or read what is published; publish a new version of the event beside the old one while consumers change.',
  },
  AVRO_UNSUPPORTED: {
    message: '{event} cannot be said in Avro: {path} {reason}.',
    remedy: 'Give the field a type that Avro has, with fields in @Event, or publish the event as JSON.',
  },
} as const satisfies Readonly<Record<string, ErrorDescription>>;
