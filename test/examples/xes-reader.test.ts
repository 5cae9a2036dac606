import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { generateApplications } from '../../examples/loans/generator/generate.js';
import type { LoanTrace } from '../../examples/loans/trace.js';
import { XesParser } from '../../examples/loans/xes-parser.js';
import { XesReader } from '../../examples/loans/xes-reader.js';
import { xesOf } from './sample-log.js';

const traces = [...generateApplications({ count: 200, seed: 7 })];
const text = xesOf(traces);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'eventspan-xes-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(name: string, content: string | Buffer): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

async function read(file: string): Promise<LoanTrace[]> {
  const found: LoanTrace[] = [];
  for await (const trace of new XesReader(file)) found.push(trace);
  return found;
}

describe('the reader of XES', () => {
  it('gives every application with its records, exactly as they stand in the file', async () => {
    expect(await read(fileOf('plain.xes', text))).toEqual(traces);
  });

  it('unpacks .gz', async () => {
    expect(await read(fileOf('packed.xes.gz', gzipSync(text)))).toEqual(traces);
  });

  it('knows how much it has read', async () => {
    const reader = new XesReader(fileOf('progress.xes', text));
    expect(reader.fractionRead).toBe(0);
    for await (const _ of reader) expect(reader.fractionRead).toBeGreaterThan(0);
    expect(reader.fractionRead).toBe(1);
  });

  it('can be left early', async () => {
    for await (const trace of new XesReader(fileOf('left.xes.gz', gzipSync(text)))) {
      expect(trace).toEqual(traces[0]);
      break;
    }
  });

  it('gives an application as soon as it ends, whatever the pieces', () => {
    const parser = new XesParser();
    const found: LoanTrace[] = [];
    for (const letter of xesOf(traces.slice(0, 3))) {
      const finished = parser.write(letter);
      expect(finished.length).toBeLessThanOrEqual(1);
      found.push(...finished);
    }
    parser.close();
    expect(found).toEqual(traces.slice(0, 3));
  });

  it('decodes letters that are cut between two pieces', async () => {
    const [first] = traces as [LoanTrace];
    const named = { ...first, application: 'é€😀'.repeat(40_000) };
    expect((await read(fileOf('letters.xes', xesOf([named]))))[0]?.application).toBe(named.application);
  });
});

describe('a log that cannot be used', () => {
  const refused = async (name: string, content: string | Buffer, expected: object): Promise<void> => {
    await expect(read(fileOf(name, content))).rejects.toMatchObject(expected);
  };
  const changed = (from: string | RegExp, to: string): string => {
    const other = xesOf(traces.slice(0, 1)).replace(from, to);
    expect(other).not.toBe(xesOf(traces.slice(0, 1)));
    return other;
  };

  it('is named when it does not exist', async () => {
    await expect(read(path.join(folder, 'none.xes'))).rejects.toMatchObject({
      code: 'LOG_UNREADABLE',
      message: expect.stringMatching(/none\.xes.*ENOENT/),
    });
    await expect(read(folder)).rejects.toMatchObject({ code: 'LOG_UNREADABLE' });
  });

  it('is refused when its end is missing, packed or not', async () => {
    const packed = gzipSync(text);
    await refused('cut.xes', text.slice(0, text.length / 2), {
      code: 'LOG_TRUNCATED',
      message: expect.stringMatching(/ends on line \d+ inside </),
    });
    await refused('cut.xes.gz', packed.subarray(0, packed.length / 2), {
      code: 'LOG_TRUNCATED',
      message: expect.stringMatching(/beyond line \d+/),
    });
  });

  it('is refused when it is not what its name says', async () => {
    await refused('not-packed.xes.gz', text, { code: 'LOG_UNREADABLE' });
    await refused('empty.xes', '', { code: 'LOG_MALFORMED' });
    await refused('other.xes', '<html></html>', { code: 'LOG_MALFORMED', message: expect.stringMatching(/line 1.*begins with <log>/) });
    await refused('no.xes', 'no XML', { code: 'LOG_MALFORMED' });
  });

  it('is refused with the very line', async () => {
    const sample = changed('value="COMPLETE"', 'value="&other;"');
    const line = sample.slice(0, sample.indexOf('&other;')).split('\n').length;
    await refused('line.xes', sample, { code: 'LOG_MALFORMED', message: expect.stringContaining(`on line ${line}: `) });
  });

  it.each<[what: string, from: string | RegExp, to: string, reason: RegExp]>([
    ['an element is not closed', '</event>', '', /line \d+: it is not well-formed XML/],
    ['an entity is unknown', 'value="COMPLETE"', 'value="&other;"', /line \d+: it is not well-formed XML: undefined entity/],
    ['a record has no activity', /<string key="concept:name" value="A_SUBMITTED"\/>/, '', /line \d+: this event has no concept:name/],
    ['a record has no time', /<date key="time:timestamp"[^>]*>/, '', /this event has no time:timestamp/],
    ['a time is none', /(<date key="time:timestamp" value=")[^"]*/, '$1yesterday', /time:timestamp is "yesterday"/],
    ['a time has no offset', /(<date key="REG_DATE" value="[^+"]*)\+02:00/, '$1', /REG_DATE is/],
    ['a transition is unknown', 'value="COMPLETE"', 'value="SUSPEND"', /lifecycle:transition is "SUSPEND"/],
    ['an amount is no number', /(key="AMOUNT_REQ" value=")\d+/, '$1much', /AMOUNT_REQ is "much"/],
    ['an application has no number', /<string key="concept:name" value="173688"\/>/, '', /this trace has no concept:name/],
    ['an application has no record', /<event>[^]*<\/event>/, '', /this trace has no event/],
  ])('is refused with the line when %s', async (what, from, to, reason) => {
    await refused(`${what.replaceAll(' ', '-')}.xes`, changed(from, to), { code: 'LOG_MALFORMED', message: expect.stringMatching(reason) });
  });
});
