/** The input cannot be used: the message says what is wrong with it, and where. */
export class InputError extends Error {
  override readonly name = 'InputError';

  constructor(
    readonly code: 'LOG_UNREADABLE' | 'LOG_TRUNCATED' | 'LOG_MALFORMED' | 'RECORD_UNKNOWN',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
