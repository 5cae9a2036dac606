/** One of several ways to do the same work. */
export interface Contestant {
  readonly name: string;
  /** Does the work anew and answers how many units it did; throws when the result is not right. Only this is timed. */
  readonly prepare: () => Promise<{ readonly work: () => Promise<number>; readonly check: () => Promise<void> }>;
}

/** Units a second of one contestant: every round, and the median. */
export interface Figures {
  readonly name: string;
  readonly median: number;
  readonly rounds: readonly number[];
  /** Against the first contestant, of the medians. */
  readonly ratio: number;
}

/** Runs the contestants in turn, round by round, so that a change of the machine's mood meets all of them. */
export async function measure(contestants: readonly Contestant[], rounds: number): Promise<readonly Figures[]> {
  const rates = contestants.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [at, contestant] of contestants.entries()) rates[at]?.push(await rateOf(contestant));
  }
  const medians = rates.map(median);
  return contestants.map(({ name }, at) => ({
    name,
    median: Math.round(medians[at] ?? 0),
    rounds: (rates[at] ?? []).map(Math.round),
    ratio: Number(((medians[at] ?? 0) / (medians[0] ?? 1)).toFixed(2)),
  }));
}

async function rateOf({ prepare }: Contestant): Promise<number> {
  const { work, check } = await prepare();
  const begun = performance.now();
  const units = await work();
  const seconds = (performance.now() - begun) / 1000;
  await check();
  return units / seconds;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
