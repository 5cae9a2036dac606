import { parseMetadata } from '../../messages/metadata-json.js';
import { commitTimeOf } from '../../event-store/stored-event.js';
import { fromMessage } from '../envelope.js';
import { CE, textOf } from '../message-attributes.js';
import type { DecodedMessage, MessageFormat, MessageMetadata, ReceivedMessage } from '../incoming-message.js';
import { cloudEventsBinary } from './cloud-events-binary.js';

/**
 * What an Eventspan application publishes: the integration messages of its publications, and also the messages by which a relay carries its
 * log, for a consumer that has no access to that log.
 */
export const eventspanFormat: MessageFormat = {
  name: 'eventspan',
  matches: (message) => cloudEventsBinary.matches(message) && textOf(message.attributes, CE.version) !== undefined,
  decode: (message) => (textOf(message.attributes, 'ce-position') === undefined ? decodeIntegration(message) : decodeLogged(message)),
};

function decodeIntegration(message: ReceivedMessage): DecodedMessage {
  for (const name of ['ce-schemaversion', CE.subject]) {
    if (textOf(message.attributes, name) === undefined) throw new Error(`its ${name.slice(3)} is missing`);
  }
  return cloudEventsBinary.decode(message);
}

function decodeLogged(message: ReceivedMessage): DecodedMessage {
  const { event, dataRef } = fromMessage(message);
  if (dataRef !== undefined)
    throw new Error(`its payload is too large for a message; the service that it is from has it at ${dataRef.slice(0, 120)}`);
  const { schemaVersion, correlationId, causationId, traceparent, tracestate } = parseMetadata(event.metadata);
  const metadata: MessageMetadata = {
    correlationId,
    ...(causationId !== undefined && { causationId }),
    ...(traceparent !== undefined && { traceparent }),
    ...(tracestate !== undefined && { tracestate }),
  };
  const { eventId: id, type, streamId: subject, version: streamVersion, data } = event;
  const source = textOf(message.attributes, CE.source) ?? '';
  return { id, source, type, subject, streamVersion, schemaVersion, time: new Date(commitTimeOf(event)), data, metadata };
}
