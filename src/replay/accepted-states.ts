import { createReadStream, existsSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { EventspanError } from '../errors/eventspan-error.js';
import { compareCodePoints } from '../event-store/position.js';

/** The state of a stream when it was last accepted. */
export interface AcceptedState {
  readonly streamId: string;
  readonly version: number;
  readonly hash: string;
}

/**
 * The file of accepted states, read in step with the streams of a store, which come in the same order: one line each,
 * `["loan-173688",12,"<hash>"]`, ascending by stream id (code points). One line is held. A file that is not there is empty.
 */
export class AcceptedReader {
  private readonly lines: AsyncIterator<AcceptedState>;
  private next: AcceptedState | undefined;

  private constructor(file: string | undefined) {
    this.lines = readAccepted(file);
  }

  static async open(file: string | undefined): Promise<AcceptedReader> {
    const reader = new AcceptedReader(file);
    await reader.advance();
    return reader;
  }

  /** What comes up to and with this stream (all that is left, without one), and has not been given out. Throws `ACCEPTED_INVALID`. */
  async upTo(streamId: string | undefined): Promise<readonly AcceptedState[]> {
    const states: AcceptedState[] = [];
    const isWanted = (id: string): boolean => streamId === undefined || compareCodePoints(id, streamId) <= 0;
    while (this.next !== undefined && isWanted(this.next.streamId)) {
      states.push(this.next);
      await this.advance();
    }
    return states;
  }

  async close(): Promise<void> {
    await this.lines.return?.();
  }

  private async advance(): Promise<void> {
    const { done, value } = await this.lines.next();
    this.next = done === true ? undefined : value;
  }
}

/** Writes such a file beside the old one, and puts it in its place when all is there. */
export class AcceptedWriter {
  private constructor(
    private readonly file: string,
    private readonly unfinished: string,
    private readonly handle: FileHandle,
  ) {}

  static async create(file: string): Promise<AcceptedWriter> {
    const unfinished = `${file}.${process.pid}.tmp`;
    return new AcceptedWriter(file, unfinished, await open(unfinished, 'w'));
  }

  /** In ascending order. */
  async write(states: readonly AcceptedState[]): Promise<void> {
    const lines = states.map(({ streamId, version, hash }) => `${JSON.stringify([streamId, version, hash])}\n`);
    await this.handle.write(lines.join(''));
  }

  async finish(): Promise<void> {
    await this.handle.sync();
    await this.handle.close();
    await rename(this.unfinished, this.file);
  }

  /** Leaves the old file as it is. */
  async discard(): Promise<void> {
    await this.handle.close();
    await rm(this.unfinished, { force: true });
  }
}

async function* readAccepted(file: string | undefined): AsyncGenerator<AcceptedState> {
  if (file === undefined || !existsSync(file)) return;
  let line = 0;
  let before: string | undefined;
  for await (const text of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    const state = parse(text);
    if (state === undefined) throw new EventspanError('ACCEPTED_INVALID', { file, line, reason: 'it is not [stream id, version, hash]' });
    if (before !== undefined && compareCodePoints(before, state.streamId) >= 0) {
      throw new EventspanError('ACCEPTED_INVALID', { file, line, reason: `${state.streamId} does not come after ${before}` });
    }
    before = state.streamId;
    yield state;
  }
}

function parse(text: string): AcceptedState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const [streamId, version, hash] = Array.isArray(value) ? (value as unknown[]) : [];
  const isState = typeof streamId === 'string' && Number.isSafeInteger(version) && typeof hash === 'string';
  return isState ? { streamId, version: version as number, hash } : undefined;
}
