import type { Json } from '../sorted-json.js';

/** Shorter texts occur in others by chance. */
const SHORTEST = 4;

/** The masked values of one stream, and what is written of it as it is: a masked name may still stand in a note. */
export class StreamSecrets {
  private readonly hidden = new Set<string>();
  /** By text: where it stands. */
  private readonly shown = new Map<string, string>();

  hide(value: Json): void {
    if (typeof value === 'string' && value.length >= SHORTEST) this.hidden.add(value);
  }

  show(value: Json, place: string): void {
    if (typeof value === 'string' && value.length >= SHORTEST) this.shown.set(value, place);
  }

  /** Places in which a hidden value can be read. */
  leaks(): readonly string[] {
    const hidden = [...this.hidden];
    const leaking = [...this.shown].filter(([text]) => hidden.some((secret) => text.includes(secret)));
    return [...new Set(leaking.map(([, place]) => place))];
  }
}
