export { avroFormat, type AvroFormatOptions, type AvroMessage, type JsonFormat } from './avro-format.js';
