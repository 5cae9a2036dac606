const GAP = '  ';

/** Lines of text in columns, each as wide as its longest; the last is not filled up. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((text, at) => (widths[at] = Math.max(widths[at] ?? 0, text.length)));
  return rows.map((row) => row.map((text, at) => (at === row.length - 1 ? text : text.padEnd(widths[at] ?? 0))).join(GAP)).join('\n');
}
