/** What the code table says of one error. The page `docs/reference/errors.md` shows the same; a test holds them equal. */
export interface ErrorDescription {
  /** What happened, with `{name}` where a value of `details` goes. One sentence, no remedy. */
  readonly message: string;
  /** What to do about it. One sentence, may use `{name}` too. */
  readonly remedy: string;
  /** True where the same call may succeed later with nothing changed by the caller. Default false. */
  readonly retryable?: boolean;
}
