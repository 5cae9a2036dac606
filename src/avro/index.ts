export { avroFormat, type AvroFormatOptions } from './avro-format.js';
