import { EventspanError } from '../../errors/eventspan-error.js';
import { compareContracts } from './compare-contracts.js';
import type { Contracts } from './contracts.js';
import { expectationsOf, type Expectations, type ExpectationSource } from './expectations.js';
import { readContracts, readExpectations, type OrFile } from './parse-contracts.js';

export interface VerifyContractsOptions {
  /** What `contractsOf` gives, or the file that `eventspan contracts export` wrote. */
  readonly producer: OrFile<Contracts>;
  /** What the consumer reads: a list, what `expectationsOf` gives, or a file of it. */
  readonly expects: readonly ExpectationSource[] | OrFile<Expectations>;
  /** Names the consumer of a list in the error. Default `the consumer`. */
  readonly consumer?: string;
}

/**
 * Throws `CONTRACTS_DISAGREE` where a consumer cannot read what a producer publishes; `details.found` lists each disagreement. For the tests of
 * either side: the consumer has the producer's file and its own list, the producer its own classes and the consumer's file.
 *
 * ```ts
 * verifyContracts({ producer: { file: 'contracts/orders.json' }, expects: [OrderPlaced] });
 * ```
 *
 * Throws `CONTRACTS_INVALID`, and what `expectationsOf` throws.
 */
export function verifyContracts({ producer, expects, consumer = 'the consumer' }: VerifyContractsOptions): void {
  const contracts = readContracts(producer);
  const expectations = isList(expects) ? expectationsOf(expects, { consumer }) : readExpectations(expects);
  const found = compareContracts(contracts, expectations);
  if (found.length === 0) return;
  const disagreements = found.map(({ message }) => message).join('; ');
  throw new EventspanError('CONTRACTS_DISAGREE', {
    consumer: expectations.consumer,
    producer: contracts.service,
    disagreements,
    found,
  });
}

function isList(expects: VerifyContractsOptions['expects']): expects is readonly ExpectationSource[] {
  return Array.isArray(expects);
}
