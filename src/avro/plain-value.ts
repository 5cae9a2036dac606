import type { Type, types } from 'avsc';

/** What avsc decoded, as JSON values: nulls of fields with the default null are left out, bytes are base64 texts. */
export function plainValue(type: Type, value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Buffer.isBuffer(value)) return value.toString('base64');
  switch (type.typeName) {
    case 'record':
    case 'error':
      return recordOf(type as types.RecordType, value as Record<string, unknown>);
    case 'array':
      return (value as readonly unknown[]).map((item) => plainValue((type as types.ArrayType).itemsType, item));
    case 'map':
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, plainValue((type as types.MapType).valuesType, item)] as const),
      );
    case 'union:unwrapped':
      return plainValue(branchOf(type as types.UnwrappedUnionType, value), value);
    case 'union:wrapped':
      return wrappedValue(type as types.WrappedUnionType, value as Record<string, unknown>);
    default:
      return value;
  }
}

function recordOf(type: types.RecordType, value: Record<string, unknown>): object {
  const fields = type.fields.filter((field) => value[field.name] !== null || !mayBeAbsent(field));
  return Object.fromEntries(fields.map(({ name, type: fieldType }) => [name, plainValue(fieldType, value[name])]));
}

function mayBeAbsent(field: types.Field): boolean {
  return (field.defaultValue() as unknown) === null;
}

function branchOf(union: types.UnwrappedUnionType, value: object): Type {
  return union.types.find((branch) => branch.isValid(value)) ?? (union.types[0] as Type);
}

/** The one member is named by its type, of which unions have one each. */
function wrappedValue(union: types.WrappedUnionType, value: Record<string, unknown>): unknown {
  const [name = '', inner] = Object.entries(value)[0] ?? [];
  const branch = union.types.find((each) => each.branchName === name);
  return branch === undefined ? inner : plainValue(branch, inner);
}
