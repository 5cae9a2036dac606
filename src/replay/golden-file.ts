import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EventspanError } from '../errors/eventspan-error.js';
import { isObject, sorted, type Json } from './sorted-json.js';
import { messageOf } from '../support/message-of.js';

const FORMAT = 1;

/** What is kept of one stream. */
export interface GoldenStream {
  /** Of its last event. */
  readonly version: number;
  /** Hash of the events as they are recorded. */
  readonly history: string;
  /** Hash of the state after each version, from 1. */
  readonly hashes: readonly string[];
  readonly state: Json;
}

/** By stream id. */
export type GoldenStreams = ReadonlyMap<string, GoldenStream>;

/** Undefined when there is no such file. Throws `GOLDEN_INVALID`. */
export async function readGolden(golden: string): Promise<GoldenStreams | undefined> {
  const text = await readFile(golden, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw invalid(golden, error.message);
  });
  if (text === undefined) return undefined;
  const content = parse(golden, text);
  if (!isObject(content) || content['format'] !== FORMAT || !isObject(content['streams'])) {
    throw invalid(golden, `it is no golden file of format ${FORMAT}`);
  }
  return new Map(Object.entries(content['streams']).map(([streamId, stream]) => [streamId, streamOf(golden, streamId, stream)]));
}

/** Whole or not at all; the same states give the same bytes. The hashes stand on one line, so that a change of one state is a small diff. */
export async function writeGolden(golden: string, streams: GoldenStreams): Promise<void> {
  const content = Object.fromEntries([...streams].map(([id, stream]) => [id, { ...stream, hashes: stream.hashes.join(' ') }]));
  await mkdir(path.dirname(golden), { recursive: true });
  const unfinished = `${golden}.${process.pid}.tmp`;
  await writeFile(unfinished, `${JSON.stringify(sorted({ format: FORMAT, streams: content }), null, 2)}\n`);
  await rename(unfinished, golden);
}

function streamOf(golden: string, streamId: string, stream: Json): GoldenStream {
  if (isObject(stream) && 'state' in stream) {
    const { version, history, hashes, state } = stream;
    const isWhole = typeof version === 'number' && typeof history === 'string' && typeof hashes === 'string';
    const each = isWhole ? hashes.split(' ').filter((hash) => hash !== '') : [];
    if (isWhole && state !== undefined && each.length === version) return { version, history, hashes: each, state };
  }
  throw invalid(golden, `its entry of ${streamId} has not version, history, one hash for each version, and state`);
}

function parse(golden: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw invalid(golden, messageOf(error));
  }
}

function invalid(golden: string, reason: string): EventspanError {
  return new EventspanError('GOLDEN_INVALID', { golden, reason });
}
