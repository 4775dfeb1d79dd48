/** What an object's own fields say that matters to others, worked out once for each object read. */
import { isRecord } from '../routing/manifest-file.ts';
import { at, podLabelsOf, type Reference, referencesOf } from './fields.ts';

export interface Facts {
  readonly references: readonly Reference[];
  /** Labels of the pods it makes, if it makes any. */
  readonly podLabels: Readonly<Record<string, string>> | undefined;
  /** Keys of a ConfigMap or Secret, with the field that each is in. */
  readonly keys: ReadonlyMap<string, string>;
}

/** Values are never changed once read, and one that is read again is another object. */
const known = new WeakMap<object, Facts>();

export function factsOf(kind: string, value: Readonly<Record<string, unknown>>): Facts {
  const before = known.get(value);
  if (before !== undefined) return before;
  const facts = {
    references: referencesOf(kind, value),
    podLabels: podLabelsOf(kind, value),
    keys: keysOf(kind, value),
  };
  known.set(value, facts);
  return facts;
}

const none: ReadonlyMap<string, string> = new Map();

function keysOf(kind: string, value: unknown): ReadonlyMap<string, string> {
  if (kind !== 'ConfigMap' && kind !== 'Secret') return none;
  const keys = new Map<string, string>();
  for (const field of ['data', 'stringData', 'binaryData']) {
    const map = at(value, [field]);
    if (isRecord(map)) for (const key of Object.keys(map)) keys.set(key, field);
  }
  return keys;
}
