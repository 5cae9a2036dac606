import { createHmac } from 'node:crypto';
import { isArray, type Json } from '../sorted-json.js';

const DATE = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
/** Where a UUID says its version and its variant. */
const UUID_KEPT: ReadonlySet<number> = new Set([14, 19]);
const DAY_MS = 86_400_000;
const HALF_A_YEAR = 182;
/** After so many draws in vain, values of more kinds are drawn. */
const DRAWS = 32;
const NUMBER_DRAWS = 256;
const LOWER = 'abcdefghijklmnopqrstuvwxyz';

/**
 * Puts other values in the place of personal ones: of the same kind and length, so that the rules of a domain still hold, and always the same
 * for the same value and key. Two values never get the same mask, and no text its own.
 *
 * - Text: letters become letters of the same case, digits digits; spaces and ASCII punctuation stay. When all texts of that length are
 *   used up, a digit is added.
 * - Dates (RFC 3339) become dates at most half a year away, UUIDs UUIDs of the same version.
 * - Numbers keep their sign and their count of digits; several may get the same mask, and 0 stays.
 * - Booleans and null stay; arrays and objects are masked value by value.
 *
 * Serves one run; holds every text that it masked.
 */
export class ValueMask {
  private readonly masks = new Map<string, string>();
  private readonly taken = new Set<string>();

  /** `key`: who has it can find out masked values by trying. */
  constructor(private readonly key: string) {}

  json(value: Json): Json {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.number(value);
    if (typeof value !== 'object' || value === null) return value;
    if (isArray(value)) return value.map((each) => this.json(each));
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.json(each)]));
  }

  text(value: string): string {
    const known = this.masks.get(value);
    if (known !== undefined) return known;
    if (!/[\p{L}\p{N}\p{M}\p{S}]/u.test(value)) return value;
    let mask = value;
    for (let attempt = 0; mask === value || this.taken.has(mask) || this.masks.has(mask); attempt++) mask = this.draw(value, attempt);
    this.masks.set(value, mask);
    this.taken.add(mask);
    return mask;
  }

  number(value: number): number {
    const [digits = '', exponent] = String(value).split('e');
    const tail = exponent === undefined ? '' : `e${exponent}`;
    for (let attempt = 0; attempt < NUMBER_DRAWS; attempt++) {
      const text = this.drawText(digits, attempt) + tail;
      const mask = Number(text);
      if (mask !== value && String(mask) === text && Number.isSafeInteger(mask) === Number.isSafeInteger(value)) return mask;
    }
    return value;
  }

  private draw(value: string, attempt: number): string {
    const reach = Math.floor(attempt / DRAWS);
    if (UUID.test(value)) return this.drawUuid(value, attempt);
    const [, day, time = '', zone = ''] = DATE.exec(value) ?? [];
    if (day !== undefined && !Number.isNaN(Date.parse(day))) return this.drawDate({ day, time, zone }, attempt);
    return this.drawText(value + '0'.repeat(reach), attempt);
  }

  private drawText(value: string, attempt: number): string {
    const bytes = this.bytes(value, attempt);
    return Array.from(value, (character, at) => maskOf(character, { byte: bytes(at), isFirst: at === 0 })).join('');
  }

  private drawUuid(value: string, attempt: number): string {
    const bytes = this.bytes(value, attempt);
    return value.replaceAll(/[0-9a-f]/gi, (digit, at: number) => (UUID_KEPT.has(at) ? digit : (bytes(at) % 16).toString(16)));
  }

  private drawDate({ day, time, zone }: { readonly day: string; readonly time: string; readonly zone: string }, attempt: number): string {
    const bytes = this.bytes(day + time + zone, attempt);
    const range = HALF_A_YEAR * (1 + Math.floor(attempt / DRAWS));
    const days = ((bytes(0) * 256 + bytes(1)) % (2 * range + 1)) - range;
    const shifted = new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
    const [, fraction = ''] = time.split('.');
    const limits = [24, 60, 60];
    const parts = time === '' ? [] : time.slice(1).split(/[:.]/, fraction === '' ? 3 : 4);
    const clock = parts.slice(0, 3).map((_, at) => String(bytes(2 + at) % (limits[at] as number)).padStart(2, '0'));
    const rest = fraction === '' ? '' : `.${Array.from(fraction, (_, at) => bytes(5 + at) % 10).join('')}`;
    return shifted + (time === '' ? '' : `T${clock.join(':')}${rest}`) + zone;
  }

  /** As many bytes as are asked for; they follow from key, value and attempt. */
  private bytes(value: string, attempt: number): (at: number) => number {
    const blocks = new Map<number, Buffer>();
    return (at) => {
      const number = Math.floor(at / 32);
      const block = blocks.get(number) ?? createHmac('sha256', this.key).update(`${attempt}/${number}/${value}`).digest();
      blocks.set(number, block);
      return block[at % 32] as number;
    };
  }
}

function maskOf(character: string, { byte, isFirst }: { readonly byte: number; readonly isFirst: boolean }): string {
  if (/[0-9]/.test(character)) {
    if (!isFirst) return String(byte % 10);
    return character === '0' ? '0' : String(1 + (byte % 9));
  }
  const letter = LOWER[byte % LOWER.length] as string;
  if (/\p{Lu}/u.test(character)) return letter.toUpperCase();
  if (/[\p{L}\p{M}]/u.test(character)) return letter;
  // Of symbols and figures of other scripts, only those of ASCII say nothing.
  return character.charCodeAt(0) > 0x7f && /[\p{N}\p{S}]/u.test(character) ? letter : character;
}
