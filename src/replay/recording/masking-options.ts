import type { Json } from '../sorted-json.js';

/** Where a value stands that a mask function is asked about. */
export interface MaskedPlace {
  readonly type: string;
  /** `address.street`; without indexes of arrays. */
  readonly path: string;
  /** The mask that a named field would get: the same for the same value. */
  readonly mask: (value: Json) => Json;
}

/** Gives what is written in place of one text, number, boolean or null of a payload: the value itself, where it is no secret. */
export type MaskFunction = (value: Json, place: MaskedPlace) => Json;

/** What of a recorded event is hidden. */
export interface MaskingOptions {
  /** Fields of payloads with personal values: `applicant`, `address.street`, `loan.submitted:applicant`. Default none. */
  readonly fields?: readonly string[];
  /** Asked for every value that `fields` and `keep` do not name. Default: it stays. */
  readonly mask?: MaskFunction;
  /**
   * What stays, knowingly: `@streamId`, `@id` (of events), `@metadata.<name>`, and fields as above, which are not reported or searched for masked values.
   * Default none: stream ids, event ids and all metadata but time, source and schemaVersion are masked, trace contexts are left out.
   */
  readonly keep?: readonly string[];
  /** The same key gives the same masks in every run. Keep it secret. Default: a new one for each run. */
  readonly key?: string;
}
