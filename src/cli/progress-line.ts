import type { RebuildProgress } from '../index.js';

/** A rebuild's progress as one line: `loan-book:v2 filling 120000/200000 (60 %), 25000/s, ETA 4 s`. */
export function progressLine(label: string, { state, events, rate, etaMs }: RebuildProgress): string {
  const { done, total } = events;
  const percent = total === 0 ? 0 : Math.floor((done / total) * 100);
  const speed = rate > 0 ? `, ${rate}/s` : '';
  const eta = etaMs === undefined ? '' : `, ETA ${Math.ceil(etaMs / 1_000)} s`;
  return `${label} ${state} ${done}/${total} (${percent} %)${speed}${eta}`;
}
