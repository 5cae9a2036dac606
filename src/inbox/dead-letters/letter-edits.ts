import { EventspanError } from '../../errors/eventspan-error.js';
import { DEAD_LETTER_CHANGES, DEAD_LETTER_CONTENTS, DEAD_LETTER_KEYS, DEAD_LETTERS } from '../../event-store/messaging-tables.js';
import type { RowChange } from '../../event-store/read-models.js';
import { removeChanges, type LetterKey } from './letter-changes.js';
import type { LetterContents } from './letter-contents.js';

/** What a message is to hold instead. What is left out stays. */
export interface LetterEdit {
  /** The body, at most 2,621,440 characters. */
  readonly data?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

interface Account {
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
  readonly id: string;
}

/** Throws `OPTION_INVALID` where nothing is changed, or a body that was cut or is binary is kept without being given anew. */
export function editChanges(
  key: LetterKey,
  { before, edit, account }: { readonly before: LetterContents; readonly edit: LetterEdit; readonly account: Account },
): readonly RowChange[] {
  const { data = before.data, attributes } = edit;
  if (edit.data === undefined && attributes === undefined) throw invalid('edit', undefined, 'data or attributes');
  if (edit.data === undefined && before.encoding === 'cut') throw invalid('edit.data', undefined, 'given, since the body was cut');
  const encoding = edit.data === undefined ? before.encoding : 'utf8';
  const after = { attributes: attributes === undefined ? before.attributes : textOf(attributes), encoding, data };
  return [
    { kind: 'update', table: DEAD_LETTER_CONTENTS, row: { ...key, ...after } },
    { kind: 'update', table: DEAD_LETTERS, row: { ...key, request: 'redrive', requested_at: account.at } },
    auditChange(key, { kind: 'edit', before, account, after }),
  ];
}

/** Gives a letter up; those of its key behind it are to be handled. */
export function discardChanges(
  letter: LetterKey,
  { before, account, key }: { readonly before: LetterContents; readonly account: Account; readonly key: string | undefined },
): readonly RowChange[] {
  const next: readonly RowChange[] =
    key === undefined
      ? []
      : [{ kind: 'update', table: DEAD_LETTER_KEYS, row: { consumer: letter.consumer, ordering_key: key, request: 'redrive' } }];
  return [...removeChanges(letter), ...next, auditChange(letter, { kind: 'discard', before, account })];
}

function auditChange(
  key: LetterKey,
  {
    kind,
    before,
    account,
    after,
  }: {
    readonly kind: 'edit' | 'discard';
    readonly before: LetterContents;
    readonly account: Account;
    readonly after?: Pick<LetterContents, 'attributes' | 'data'>;
  },
): RowChange {
  const row = {
    ...key,
    change_id: account.id,
    kind,
    changed_by: account.by,
    reason: account.reason,
    changed_at: account.at,
    attributes_before: before.attributes,
    encoding_before: before.encoding,
    data_before: before.data,
    attributes_after: after?.attributes ?? null,
    data_after: after?.data ?? null,
  };
  return { kind: 'insert', table: DEAD_LETTER_CHANGES, row };
}

function textOf(attributes: Readonly<Record<string, string>>): string {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value !== 'string') throw invalid(`edit.attributes.${name}`, value, 'a text');
  }
  return JSON.stringify(attributes);
}

function invalid(path: string, value: unknown, bound: string): EventspanError {
  return new EventspanError('OPTION_INVALID', { path, value, bound });
}
