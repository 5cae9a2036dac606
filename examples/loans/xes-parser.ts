import { SaxesParser } from 'saxes';
import { InputError } from './input-error.js';
import type { LoanRecord, LoanTrace, Transition } from './trace.js';

const TRANSITIONS: readonly string[] = ['SCHEDULE', 'START', 'COMPLETE'] satisfies readonly Transition[];
/** RFC 3339 as the log has it. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
/** The longest of the real log has 175 records; this keeps a broken log from filling the memory. */
const MAX_RECORDS = 100_000;

type Attributes = Map<string, string>;

/**
 * XES in pieces of text, applications out. An application is a `<trace>`, a record an `<event>` in it; both have their
 * attributes as children with `key` and `value`. Everything else of the log (extensions, globals, classifiers, what is nested
 * in attributes) is passed over. Throws {@link InputError} with the line.
 */
export class XesParser {
  private readonly sax = new SaxesParser();
  private readonly path: string[] = [];
  private trace: Attributes = new Map();
  private event: Attributes = new Map();
  private records: LoanRecord[] = [];
  private finished: LoanTrace[] = [];

  constructor() {
    this.sax.on('opentag', ({ name, attributes }) => this.opened(name, attributes));
    this.sax.on('closetag', ({ name }) => this.closed(name));
    this.sax.on('error', ({ message }) => this.fail(`it is not well-formed XML: ${message.replace(/^\d+:\d+: /, '')}`));
  }

  /** The line that is being read, from 1. */
  get line(): number {
    return this.sax.line;
  }

  /** The applications that end in this piece. */
  write(text: string): readonly LoanTrace[] {
    this.sax.write(text);
    const { finished } = this;
    this.finished = [];
    return finished;
  }

  /** The end of the text. Throws `LOG_TRUNCATED` where an element is still open. */
  close(): void {
    const open = this.path.at(-1);
    if (open !== undefined) throw new InputError('LOG_TRUNCATED', `The log ends on line ${this.line} inside <${open}>.`);
    this.sax.close();
  }

  private opened(name: string, attributes: Record<string, string>): void {
    const parent = this.path.at(-1);
    if (parent === undefined && name !== 'log') this.fail(`it begins with <${name}>, and a XES log begins with <log>`);
    if (name === 'trace' && parent === 'log') this.beginTrace();
    else if (name === 'event' && parent === 'trace') this.event = new Map();
    else if (parent === 'trace' || parent === 'event') this.note(parent === 'trace' ? this.trace : this.event, attributes);
    this.path.push(name);
  }

  private closed(name: string): void {
    this.path.pop();
    const parent = this.path.at(-1);
    if (name === 'event' && parent === 'trace') this.endEvent();
    if (name === 'trace' && parent === 'log') this.endTrace();
  }

  private beginTrace(): void {
    this.trace = new Map();
    this.records = [];
  }

  private note(owner: Attributes, { key, value }: Record<string, string>): void {
    if (key !== undefined && value !== undefined) owner.set(key, value);
  }

  private endEvent(): void {
    if (this.records.length === MAX_RECORDS) this.fail(`this trace has more than ${MAX_RECORDS} events`);
    const clerk = this.event.get('org:resource');
    this.records.push({
      activity: this.needed('event', this.event, 'concept:name'),
      transition: this.transition(),
      at: this.time('event', this.event, 'time:timestamp'),
      ...(clerk !== undefined && { clerk }),
    });
  }

  private endTrace(): void {
    if (this.records.length === 0) this.fail('this trace has no event');
    this.finished.push({
      application: this.needed('trace', this.trace, 'concept:name'),
      amount: this.amount(),
      registeredAt: this.time('trace', this.trace, 'REG_DATE'),
      records: this.records,
    });
  }

  private transition(): Transition {
    const value = this.needed('event', this.event, 'lifecycle:transition');
    if (!TRANSITIONS.includes(value)) this.fail(`lifecycle:transition is "${value}", and it must be one of ${TRANSITIONS.join(', ')}`);
    return value as Transition;
  }

  private amount(): number {
    const value = this.needed('trace', this.trace, 'AMOUNT_REQ');
    if (!/^\d{1,15}$/.test(value)) this.fail(`AMOUNT_REQ is "${value}", and it must be a whole number of euros`);
    return Number(value);
  }

  private time(what: string, owner: Attributes, key: string): string {
    const value = this.needed(what, owner, key);
    if (!TIME.test(value) || Number.isNaN(Date.parse(value))) this.fail(`${key} is "${value}", and it must be a time with its offset`);
    return value;
  }

  private needed(what: string, owner: Attributes, key: string): string {
    const value = owner.get(key);
    if (value === undefined || value === '') return this.fail(`this ${what} has no ${key}`);
    return value;
  }

  private fail(reason: string): never {
    throw new InputError('LOG_MALFORMED', `The log is wrong on line ${this.line}: ${reason}.`);
  }
}
