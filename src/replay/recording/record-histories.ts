import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { checkWholeNumber } from '../../errors/check-option.js';
import { EventspanError } from '../../errors/eventspan-error.js';
import type { CallOptions } from '../../event-store/call-options.js';
import type { EventStore } from '../../event-store/event-store.js';
import { formatEventLine } from '../../history/event-line.js';
import { hashOf } from '../sorted-json.js';
import { aggregateOf } from './aggregate-of.js';
import { EventMask } from './event-mask.js';
import type { MaskingOptions } from './masking-options.js';
import { sampleStreams } from './sample-streams.js';
import { StreamSecrets } from './stream-secrets.js';

const DEFAULT_SAMPLE = 50;
const LONGEST_NAME = 200;
const SOURCE = 'eventspan';

export interface RecordOptions extends Pick<CallOptions, 'deadlineMs' | 'signal'> {
  readonly store: EventStore;
  /** The folder to write into: `<out>/<aggregate>/<stream>.ndjson`. Files of the same name are replaced; nothing is removed. */
  readonly out: string;
  /** Only streams of these aggregates, by name. Default: all. */
  readonly aggregates?: readonly string[];
  /** These streams, and no others unless `sample` is given too. */
  readonly streams?: readonly string[];
  /** How many streams are drawn, 0..10,000. Default 50. */
  readonly sample?: number;
  /** The same seed draws the same streams. Default 1. */
  readonly seed?: number;
  readonly masking?: MaskingOptions;
}

/** What was recorded, and what of it was not masked. */
export interface RecordReport {
  readonly streams: number;
  readonly events: number;
  /** In the order in which they were drawn. */
  readonly files: readonly string[];
  /** Fields of payloads that stay as they are, by event type, sorted: look for personal ones among them. */
  readonly unmasked: Readonly<Record<string, readonly string[]>>;
}

/**
 * Records streams of a store as files of CloudEvents, one a line, for replay tests. Streams are drawn as `sampleStreams` says: seeded, and so
 * that long, short and unusual ones are among them. Personal values are masked as `masking` says, ids and metadata without being asked.
 *
 * All files are put in their places when all are written; before that, and when it throws, there are none. Memory is bounded by the texts
 * that were masked. Throws `RECORD_NOTHING`, `RECORD_FIELD_UNKNOWN` (a field that is named and never found), `RECORD_LEAKS` (a masked text of
 * at least 4 characters stands in another field of its stream), `RECORD_MASK_FAILED`, and the errors of the store.
 */
export async function recordHistories(options: RecordOptions): Promise<RecordReport> {
  const streams = await chooseStreams(options);
  if (streams.length === 0) throw nothing(options.aggregates === undefined ? '' : ` of ${options.aggregates.join(', ')}`);
  const unfinished = path.join(options.out, `.recording-${process.pid}`);
  try {
    const recording = new Recording(options, unfinished);
    const written = await recording.write(streams);
    for (const file of written.files) await putInPlace(path.join(unfinished, file), path.join(options.out, file));
    return { ...written, files: written.files.map((file) => path.join(options.out, file)) };
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function chooseStreams({ store, aggregates, streams = [], sample, seed = 1, ...call }: RecordOptions): Promise<readonly string[]> {
  const size = checkWholeNumber('sample', sample ?? (streams.length > 0 ? 0 : DEFAULT_SAMPLE), { min: 0, max: 10_000 });
  const { deadlineMs, signal } = call;
  const options = { ...(deadlineMs !== undefined && { deadlineMs }), ...(signal !== undefined && { signal }) };
  const drawn = size === 0 ? [] : await sampleStreams({ store, aggregates, size, seed, call: options });
  return [...new Set([...streams, ...drawn])];
}

class Recording {
  private readonly mask: EventMask;
  private readonly leaks = new Set<string>();
  private events = 0;

  constructor(
    private readonly options: RecordOptions,
    private readonly folder: string,
  ) {
    this.mask = new EventMask(options.masking ?? {});
  }

  async write(streams: readonly string[]): Promise<RecordReport> {
    const { aggregates } = this.options;
    const named = streams.map((streamId) => {
      const aggregate = aggregateOf(streamId, aggregates);
      return { streamId, aggregate, recordedAs: this.mask.addStream(streamId, aggregate) };
    });
    const files: string[] = [];
    for (const { streamId, aggregate, recordedAs } of named) {
      const file = path.join(aggregate, fileNameOf(recordedAs));
      await this.writeStream(streamId, path.join(this.folder, file));
      files.push(file);
    }
    this.mask.finish();
    if (this.leaks.size > 0) throw new EventspanError('RECORD_LEAKS', { places: [...this.leaks] });
    return { streams: files.length, events: this.events, files, unmasked: this.unmasked() };
  }

  private async writeStream(streamId: string, file: string): Promise<void> {
    const { store, deadlineMs, signal } = this.options;
    const call = { ...(deadlineMs !== undefined && { deadlineMs }), ...(signal !== undefined && { signal }) };
    const secrets = new StreamSecrets();
    const before = this.events;
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(file, 'w');
    try {
      for await (const event of store.readStream(streamId, call)) {
        if (this.events === before && event.version > 1) throw nothing(`: the events of ${streamId} were deleted`);
        await handle.write(`${formatEventLine(this.mask.mask(event, secrets), SOURCE)}\n`);
        this.events++;
      }
    } finally {
      await handle.close();
    }
    if (this.events === before) throw nothing(` with the id ${streamId}`);
    for (const place of secrets.leaks()) this.leaks.add(place);
  }

  private unmasked(): RecordReport['unmasked'] {
    const types = [...this.mask.kept].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(types.map(([type, paths]) => [type, [...paths].sort()]));
  }
}

/** A stream id may have any character, a file name not. */
function fileNameOf(streamId: string): string {
  const name = encodeURIComponent(streamId).replaceAll('*', '%2A');
  const short = name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME / 2)}~${hashOf(streamId)}`;
  return `${short}.ndjson`;
}

async function putInPlace(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  await rename(from, to);
}

function nothing(reason: string): EventspanError {
  return new EventspanError('RECORD_NOTHING', { reason });
}
