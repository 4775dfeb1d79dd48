/**
 * What says the same in the original need not be the same JSON: its structs know no difference between
 * a text that is empty and one that is left out, nor between such lists, maps and structures. Clients
 * that read an object into those structs and write it back leave out what was empty, or write what was
 * left out, and mean no change by it:
 *
 *   kept     {env: [{name: 'A', value: ''}]}
 *   sent     {env: [{name: 'A'}], resources: {}, volumes: []}
 *   means    {env: [{name: 'A', value: ''}]}
 *
 * Empty members that typed clients never see are left out when an object is stored (api/empties.ts, whose
 * schemas are told which by these same tables: those of `-`). Here it is about the rest: structures and
 * fields that they always write, and lists of which they make null. The tables of fields know which fields
 * are pointers in the original (`?`): of those, nothing is something else than empty.
 */
import type { UnknownObject } from '../../api/object.ts';
import { copyJson } from '../registry/json.ts';
import { type FieldSpec, type MessageSpec, messageOf, messageSpec } from './fields.ts';

type Members = Record<string, unknown>;

/**
 * Gives every member of `next` that says the same as in `previous` the form that it has there. Changes
 * `next`, never `previous`. Leaves objects of kinds without a binary form as they are.
 */
export function takeForm(next: UnknownObject, previous: UnknownObject): void {
  const spec = messageSpec(messageOf(next.apiVersion, next.kind));
  if (spec !== undefined) alignMessage(next, previous, spec);
}

function alignMessage(next: Members, previous: Members, spec: MessageSpec): void {
  for (const field of spec.values()) {
    const inner = messageSpec(field.type);
    if (!field.inline) alignField(next, previous, field, inner);
    else if (inner !== undefined) alignMessage(next, previous, inner);
  }
}

function alignField(
  next: Members,
  previous: Members,
  field: FieldSpec,
  inner: MessageSpec | undefined,
): void {
  const { name, shape, whenEmpty } = field;
  const after = next[name] ?? undefined;
  const before = previous[name] ?? undefined;
  if (after === before) return;
  if (after === undefined || before === undefined) {
    if (shape === 'one' && whenEmpty === 'meant') return;
    if (!isNothing(after ?? before, shape, field.type)) return;
    if (before === undefined) delete next[name];
    else next[name] = copyJson(before);
    return;
  }
  if (inner === undefined || shape === 'map') return;
  const pairs = shape === 'list' ? elements(after, before) : [[after, before]];
  for (const [a, b] of pairs) if (isMembers(a) && isMembers(b)) alignMessage(a, b, inner);
}

/** Elements by their places; none if there are more or fewer now. */
function elements(after: unknown, before: unknown): [unknown, unknown][] {
  if (!Array.isArray(after) || !Array.isArray(before) || after.length !== before.length) return [];
  return after.map((element, index) => [element, before[index]]);
}

/** True of what the original's structs hold where nothing is said. */
function isNothing(value: unknown, shape: FieldSpec['shape'], type: string): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (!isMembers(value)) return value === '' || value === 0 || value === false;
  if (shape === 'map') return Object.keys(value).length === 0;
  const spec = messageSpec(type);
  return spec !== undefined && isNothingOf(value, spec, Object.keys(value));
}

function isNothingOf(value: Members, spec: MessageSpec, names: readonly string[]): boolean {
  const fields = [...spec.values()].flatMap((field) =>
    field.inline ? [...(messageSpec(field.type)?.values() ?? [])] : [field],
  );
  return names.every((name) => {
    const field = fields.find((candidate) => candidate.name === name);
    const member = value[name] ?? undefined;
    if (member === undefined) return true;
    if (field === undefined || (field.shape === 'one' && field.whenEmpty === 'meant')) return false;
    return isNothing(member, field.shape, field.type);
  });
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
