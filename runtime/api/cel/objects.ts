/**
 * Objects that mutating policies make: `Object{spec: Object.spec{replicas: 3}}` and
 * `JSONPatch{op: "add", path: "/metadata/labels", value: {}}`.
 * https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
 */
import { type Environment, Optional } from '@marcbachmann/cel-js';

/** An entry that is left out if it has no value. */
class Entry {
  readonly value: Optional;

  constructor(value: Optional) {
    this.value = value;
  }
}

class PatchNamespace {}

/** Registers what rewrite.ts makes of messages and of entries that may be left out. */
export function registerObjects(environment: Environment): void {
  environment
    .registerType('skiff.Entry', Entry)
    .registerFunction('entry_(dyn): skiff.Entry', (value: unknown) => {
      if (!(value instanceof Optional)) throw new Error('no such overload');
      return new Entry(value);
    })
    .registerFunction('folded_(dyn): dyn', (value: object) => folded(value))
    .registerFunction('newObject_(string, dyn): dyn', (name: string, fields: object) =>
      made(name, folded(fields) as Record<string, unknown>),
    )
    .registerType('jsonpatch.Namespace', PatchNamespace)
    .registerConstant('jsonpatch', 'jsonpatch.Namespace', new PatchNamespace())
    .registerFunction('jsonpatch.Namespace.escapeKey(string): string', (_, key: string) =>
      key.replaceAll('~', '~0').replaceAll('/', '~1'),
    );
}

function folded(value: object): object {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown) => {
      if (!(item instanceof Entry)) return [item];
      return item.value.hasValue() ? [item.value.value()] : [];
    });
  }
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (!(member instanceof Entry)) result[name] = member;
    else if (member.value.hasValue()) result[name] = member.value.value();
  }
  return result;
}

const patchFields = ['op', 'path', 'from', 'value'];

function made(name: string, fields: Record<string, unknown>): object {
  if (name === 'JSONPatch') {
    const unknown = Object.keys(fields).find((field) => !patchFields.includes(field));
    if (unknown !== undefined) throw new Error(`undefined field '${unknown}'`);
  } else if (name !== 'Object' && !name.startsWith('Object.')) {
    throw new Error(`undeclared reference to '${name}' (in container '')`);
  }
  return fields;
}
