/** The domain's "no": a rule of the loan process forbids what was asked. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** Refuses unless the rule holds. */
export function must(rule: boolean, sentence: string): asserts rule {
  if (!rule) throw new Refusal(sentence);
}
