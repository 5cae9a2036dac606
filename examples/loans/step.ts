/** What every step of the process says of itself: when it was done (RFC 3339 with the office's offset), and by which clerk. */
export class Step {
  constructor(
    readonly at: string,
    readonly clerk?: string,
  ) {}
}
