/** A field as it is named: `applicant`, `address.street`, or of one event type alone, `loan.submitted:applicant`. */
interface FieldName {
  readonly text: string;
  readonly type: string | undefined;
  readonly path: readonly string[];
}

/** Fields of payloads, named by hand, and which of them were found. A name stands for all that is below; indexes of arrays are left out. */
export class FieldNames {
  private readonly names: readonly FieldName[];
  private readonly found = new Set<string>();

  constructor(names: readonly string[]) {
    this.names = names.map(fieldName);
  }

  /** Whether a field is among them, or below one of them. */
  has(type: string, path: readonly string[]): boolean {
    let has = false;
    for (const name of this.names) {
      if (name.type !== undefined && name.type !== type) continue;
      if (!name.path.every((part, at) => part === path[at])) continue;
      this.found.add(name.text);
      has = true;
    }
    return has;
  }

  /** Those that no event had. */
  unknown(): readonly string[] {
    return this.names.filter(({ text }) => !this.found.has(text)).map(({ text }) => text);
  }
}

function fieldName(text: string): FieldName {
  const at = text.indexOf(':');
  return { text, type: at === -1 ? undefined : text.slice(0, at), path: text.slice(at + 1).split('.') };
}
