/** How far an export, an import or a copy has come. */
export interface HistoryProgress {
  /** Events gone through so far. */
  readonly events: number;
  /** Events of the whole log when it began; absent where it is not known without reading it. */
  readonly total?: number;
}
