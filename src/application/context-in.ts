import { currentContext, type MessageContext } from '../command-handling/message-context.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { inTrace } from '../telemetry/trace-context.js';

/** The context of the code that sends something from outside of handlers: where a span is active, that of the span. */
export function contextIn({ tracing }: Telemetry): MessageContext {
  return inTrace(currentContext(), tracing.current());
}
