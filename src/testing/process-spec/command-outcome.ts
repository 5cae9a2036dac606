/** In a process spec: what became of a command that the process sent. Made by {@link executed} and {@link refused}. */
export class SpecCommandOutcome {
  constructor(
    readonly command: object,
    readonly refusal?: { readonly message: string; readonly code?: string },
  ) {}
}

/** The command that the process sent has been executed. */
export function executed(command: object): SpecCommandOutcome {
  return new SpecCommandOutcome(command);
}

/** The command that the process sent was refused, with this message and, where it matters, this code. */
export function refused(command: object, message = 'refused', code?: string): SpecCommandOutcome {
  return new SpecCommandOutcome(command, { message, ...(code !== undefined && { code }) });
}
