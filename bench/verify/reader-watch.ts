import { setTimeout as sleep } from 'node:timers/promises';
import type { Eventspan } from 'eventspan';
import { LEDGER, NEW_VERSION } from './ledger.js';

const PAUSE_MS = 10;

/** Reads a row again and again, as readers do, and notes which version made it. */
export class ReaderWatch {
  oldReads = 0;
  newReads = 0;
  /** Reads that found no row. */
  absent = 0;
  /** Reads that found a row of the new version before that was live, or one of the old after one of the new. */
  misplaced = 0;

  constructor(
    private readonly app: Eventspan,
    private readonly anyStream: () => string,
  ) {}

  async watch(signal: AbortSignal): Promise<void> {
    const model = this.app.readModel(LEDGER);
    while (!signal.aborted) {
      const row = await model.get('accounts', { id: this.anyStream() });
      if (row === undefined) this.absent++;
      else await this.note(row['made_by'] === NEW_VERSION);
      await sleep(PAUSE_MS);
    }
  }

  /** Every read found a row: of the old version until the switch, of the new one from it on. */
  get isRight(): boolean {
    return this.oldReads > 0 && this.newReads > 0 && this.absent === 0 && this.misplaced === 0;
  }

  private async note(isNew: boolean): Promise<void> {
    if (!isNew) {
      this.oldReads++;
      if (this.newReads > 0) this.misplaced++;
      return;
    }
    if (this.newReads++ > 0) return;
    const { live } = await this.app.projections.status(LEDGER);
    if (live?.version !== NEW_VERSION) this.misplaced++;
  }
}
