import type { PartialResultSet, Value } from './protocol.js';

/** Puts rows together from a stream of partial result sets, which may cut a row, and a text, at any place. */
export class RowAssembler {
  private cells: Value[] = [];
  private isCut = false;

  constructor(private readonly width: number) {}

  /** The rows that `part` completes. */
  *add(part: PartialResultSet): Generator<readonly Value[]> {
    let isRest = this.isCut;
    for (const value of part.values) {
      if (isRest) this.join(value);
      else {
        if (this.cells.length === this.width) yield this.take();
        this.cells.push(value);
      }
      isRest = false;
    }
    // The last cell stays open while it is cut, and when no value came with this part.
    this.isCut = part.chunkedValue || (this.isCut && part.values.length === 0);
    if (!this.isCut && this.cells.length === this.width) yield this.take();
  }

  private take(): readonly Value[] {
    const row = this.cells;
    this.cells = [];
    return row;
  }

  private join(rest: Value): void {
    const head = this.cells.pop();
    this.cells.push({ stringValue: (head?.stringValue ?? '') + (rest.stringValue ?? '') });
  }
}
