/** A logger in the shape of pino's; payloads are never given to it. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The default: says nothing. What is wrong shows in `app.status()`. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
