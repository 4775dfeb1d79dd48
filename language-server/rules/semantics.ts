/** What the server would refuse: the API server's own validation, on the object as written. */
import { isMap, isSeq } from 'yaml';
import type { CustomSchema } from '../../runtime/api/custom/definition.ts';
import { fillDefaults } from '../../runtime/api/custom/prune.ts';
import { checkRules, hasRules } from '../../runtime/api/custom/rules.ts';
import { validateAgainst } from '../../runtime/api/custom/validate.ts';
import { applyDefaults } from '../../runtime/api/defaults/defaults.ts';
import { checkExpressions } from '../../runtime/api/expressions/check.ts';
import { settleTypesInSteps } from '../../runtime/api/mistyped.ts';
import { containsNull, settleNulls } from '../../runtime/api/nulls.ts';
import type { KubeObject, UnknownObject } from '../../runtime/api/object.ts';
import type { Schema, SchemaSource } from '../../runtime/api/schema.ts';
import { foldTexts } from '../../runtime/api/secret-texts.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { validateCreate } from '../../runtime/api/validation/validate.ts';
import { addLabels } from '../references/added-labels.ts';
import { at } from '../references/fields.ts';
import type { AddedLabels } from '../references/kustomizations.ts';
import { type AppliedPatch, fillFromPatches } from '../references/patches.ts';
import { nodeAt } from '../routing/locate.ts';
import { isRecord, type Resource } from '../routing/manifest-file.ts';
import { headRange, keyRange, valueRange } from '../routing/ranges.ts';
import { setField } from '../routing/yaml-text.ts';
import { finish, type Steps } from '../slices.ts';
import { definitionCauses } from './definitions.ts';
import { placeInExpression } from './expression-place.ts';
import { closeWord } from './finding.ts';
import { type Problem, replaceFix } from './problem.ts';

/** One thing that the server would refuse the object for. */
export interface Refusal {
  /** As the server names the field. */
  readonly field: string;
  readonly path: Path;
  readonly message: string;
}

/** What validation says of the object as a server would have it. */
export function refusalsOf(object: KubeObject, { value }: Resource): Refusal[] {
  const seen = new Set<string>();
  const refusals: Refusal[] = [];
  const causes = causesOf(object);
  const noSelector = causes.some(
    ({ field, message }) => field === 'spec.selector' && message === 'Required value',
  );
  for (const { field = '', message = '' } of causes) {
    // What is not there matches nothing; that it is not there is said already.
    if (noSelector && message.endsWith(mismatch)) continue;
    if (seen.has(`${field} ${message}`)) continue;
    seen.add(`${field} ${message}`);
    const path = parseFieldPath(field);
    if (!isCopied(path, value)) refusals.push({ field, path, message });
  }
  return refusals;
}

const mismatch = '`selector` does not match template `labels`';

/** A request that nobody wrote is the limit, and such a target port the port: the same is said of that. */
function isCopied(path: Path, value: unknown): boolean {
  if (at(value, path) !== undefined) return false;
  if (path.at(-1) === 'targetPort') return true;
  const index = path.lastIndexOf('requests');
  if (index < 0 || index + 1 >= path.length) return false;
  return at(value, path.with(index, 'limits')) !== undefined;
}

/**
 * The refusals as problems of the file.
 * @param reported paths of fields that are known to be wrong already
 */
export function semanticProblems(
  resource: Resource,
  refusals: readonly Refusal[],
  reported: readonly Path[],
): Problem[] {
  return refusals
    .filter((refusal) => !reported.some((wrong) => comesOf(refusal, wrong)))
    .map(({ field, path, message }) => {
      const [start, end] = placeOf(resource, path, message);
      const text = message.startsWith(field) || field === '' ? message : `${field}: ${message}`;
      const meant = meantBy(message);
      const within = placeInExpression(message, at(resource.value, path));
      const place = { start, end, ...(within && { within }) };
      const base = { rule: 'invalid-object', severity: 'error', ...place } as const;
      return meant === undefined
        ? { ...base, message: text }
        : {
            ...base,
            message: `${text}; did you mean "${meant}"?`,
            fix: replaceFix(meant, start, end),
          };
    });
}

/**
 * What is wrong within a field that is wrong, or with what is around it for want of it: labels of which
 * one is no text do not match, and a backend without its `number` has no port.
 */
function comesOf({ path, message }: Refusal, wrong: Path): boolean {
  if (isWithin(path, wrong)) return true;
  const name = wrong.at(-1);
  return typeof name === 'string' && isWithin(wrong, path) && hasWord(message, name);
}

function hasWord(text: string, word: string): boolean {
  const at = text.indexOf(word);
  if (at < 0) return false;
  return !/\w/.test(text.charAt(at - 1)) && !/\w/.test(text.charAt(at + word.length));
}

/** Of the values that the server would take, the one that is nearly the one given. */
function meantBy(message: string): string | undefined {
  const [, given, supported] =
    /Unsupported value: "([^"\\]+)": supported values: (.+)$/.exec(message) ?? [];
  if (given === undefined || supported === undefined) return undefined;
  return closeWord(
    given,
    [...supported.matchAll(/"([^"]*)"/g)].map(([, value = '']) => value),
  );
}

/** Of labels and the like the server names the map; the message says which entry it means. */
function placeOf(resource: Resource, path: Path, message: string): [number, number] {
  const value = at(resource.value, path);
  if (message.startsWith('Too long') && path.length === 0) return biggestRange(resource);
  // Of the two fields that say the same, the server names the newer.
  if (path[1] === 'clusterIPs' && value === undefined) {
    return valueRange(resource, ['spec', 'clusterIP']);
  }
  const [, quoted] = /Invalid value: ("(?:[^"\\]|\\.)*")/.exec(message) ?? [];
  if (quoted === undefined || !isRecord(value)) return shortRange(resource, path);
  const given: unknown = JSON.parse(quoted);
  for (const [key, child] of Object.entries(value)) {
    if (child === given) return valueRange(resource, [...path, key]);
    if (key === given) return keyRange(resource, [...path, key]);
  }
  return shortRange(resource, path);
}

/** Of an object that is too long as a whole, the entry that makes it so. */
function biggestRange(resource: Resource): [number, number] {
  const entries = ['data', 'stringData', 'binaryData'].flatMap((field) => {
    const data = at(resource.value, [field]);
    return isRecord(data) ? Object.entries(data).map(([key, text]) => ({ field, key, text })) : [];
  });
  const sizes = entries.map(({ text }) => (typeof text === 'string' ? text.length : 0));
  const biggest = entries[sizes.indexOf(Math.max(...sizes))];
  return biggest === undefined
    ? headRange(resource, [])
    : keyRange(resource, [biggest.field, biggest.key]);
}

/** The value, or what it is called where it goes over several lines; an item of a list is shown whole. */
function shortRange(resource: Resource, path: Path): [number, number] {
  const node = nodeAt(resource, path);
  const isBlock = (isMap(node) || isSeq(node)) && node.flow !== true;
  return isBlock && typeof path.at(-1) === 'string'
    ? headRange(resource, path)
    : valueRange(resource, path);
}

/** The same field, or one inside of it. */
export function isWithin(path: Path, outer: Path): boolean {
  return outer.every((part, index) => path[index] === part);
}

function causesOf(object: KubeObject) {
  return [
    ...validateCreate(object),
    ...definitionCauses(object),
    ...checkExpressions(object, undefined),
  ];
}

/**
 * What the server would refuse a custom resource for whose structure is right: by the values that its
 * schema allows, and if these are right by the rules in it.
 */
export function customRefusals({ value }: Resource, schema: CustomSchema): Refusal[] {
  const object = finish(copyInSteps(value));
  fillDefaults(object, schema);
  const causes = validateAgainst(object, undefined, schema);
  if (causes.length === 0 && hasRules(schema))
    causes.push(...checkRules(object, undefined, schema));
  return causes.map(({ field = '', message = '' }) => {
    const name = field === '<nil>' ? '' : field;
    return { field: name, path: parseFieldPath(name), message };
  });
}

interface Circumstances {
  /** Whether the kind lives in a namespace; one is made up where none is given. */
  readonly namespaced: boolean;
  /** What kustomizations add. */
  readonly added: AddedLabels | undefined;
  /** What kustomizations put into it. */
  readonly patches?: readonly AppliedPatch[] | undefined;
}

/**
 * The object as a server would have it after decoding and defaulting, without what is of the wrong
 * type; undefined for what is no object of any kind.
 */
export function* servedObjectInSteps(
  resource: Resource,
  schema: Schema,
  source: SchemaSource,
  { namespaced, added, patches }: Circumstances,
): Steps<KubeObject | undefined> {
  const object = yield* asSent(resource, schema, source, namespaced);
  if (object === undefined) return undefined;
  if (patches !== undefined) {
    fillFromPatches(object, patches);
    // What a patch has is told there; here nothing more is to go wrong for it.
    yield* settleTypesInSteps(object, schema, source);
  }
  if (added !== undefined) addLabels(object, added);
  foldTexts(object as UnknownObject);
  yield;
  applyDefaults(object);
  return object;
}

/** The object as a server would decode it: a copy, nulls and types settled, in some namespace. */
function* asSent(
  resource: Resource,
  schema: Schema,
  source: SchemaSource,
  namespaced: boolean,
): Steps<KubeObject | undefined> {
  const { apiVersion, kind } = resource;
  const copy: unknown = yield* copyInSteps(resource.value);
  if (apiVersion === undefined || kind === undefined || !isRecord(copy)) return undefined;
  if (containsNull(copy)) settleNulls(copy, schema, source);
  yield;
  yield* settleTypesInSteps(copy, schema, source);
  const metadata = isRecord(copy.metadata) ? copy.metadata : {};
  // An empty namespace is none, and one that a kind has no use for is not looked at.
  const { namespace, ...others } = metadata;
  const place = namespaced ? { namespace: namespace || 'default' } : {};
  return { ...copy, apiVersion, kind, metadata: { ...others, ...place } } as KubeObject;
}

/** So many values are copied in one step, a fraction of a millisecond. */
const valuesInStep = 1000;

/** What an alias that leads nowhere stands for is left out; in a list it is null. */
function* copyInSteps(root: object): Steps<object> {
  const result = emptyLike(root);
  const open: [from: object, to: object][] = [[root, result]];
  let copied = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [from, to] = next;
    for (const [name, value] of Object.entries(from)) {
      copied += 1;
      if (copied % valuesInStep === 0) yield;
      const isWithout = value === undefined;
      if (isWithout && !Array.isArray(to)) continue;
      const isNested = typeof value === 'object' && value !== null;
      const copy: unknown = isNested ? emptyLike(value) : value;
      setField(to, name, isWithout ? null : copy);
      if (isNested) open.push([value, copy as object]);
    }
  }
  return result;
}

function emptyLike(value: object): object {
  return Array.isArray(value) ? [] : {};
}

/** `spec.containers[0].env[1].name` and `metadata.labels[example.com/a]` as paths. */
export function parseFieldPath(field: string): Path {
  const path: (string | number)[] = [];
  for (const [, index, key, name] of field.matchAll(/\[(\d+)\]|\[([^\]]*)\]|([^.[\]]+)/g)) {
    path.push(index !== undefined ? Number(index) : (key ?? name ?? ''));
  }
  return path;
}
