/** How large and how deep a payload may be; held when it is recorded and again when it is read. */
export interface PayloadLimits {
  /** UTF-16 code units of the JSON text. Default 2,621,440: what a Spanner STRING(MAX) cell holds. */
  readonly maxCharacters: number;
  /** Objects and arrays inside one another, the payload itself being the first. Default 64. */
  readonly maxDepth: number;
}

/** https://cloud.google.com/spanner/quotas: 2,621,440 characters a cell. */
export const DEFAULT_PAYLOAD_LIMITS: PayloadLimits = Object.freeze({ maxCharacters: 2_621_440, maxDepth: 64 });
