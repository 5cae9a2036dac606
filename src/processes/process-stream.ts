/** The stream of a process's transitions. */
export function processStreamOf(process: string, processId: string): string {
  return `${process}-${processId}`;
}

/** What cursors and transport call a process manager. */
export function processConsumer(process: string): string {
  return `process.${process}`;
}
