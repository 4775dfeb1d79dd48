/**
 * Field validation of request bodies against the kind's schema: what to do about fields that nobody
 * knows is the client's choice, a value of the wrong type is always refused.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
 */
import { dropEmpties } from '../../api/empties.ts';
import { momentProblem } from '../../api/go-time.ts';
import { containsNull, settleNulls } from '../../api/nulls.ts';
import type { UnknownObject } from '../../api/object.ts';
import { type RecentTexts, textsOf } from '../../api/recent-texts.ts';
import type { Schema, SchemaSource } from '../../api/schema.ts';
import { apiError } from '../../api/status.ts';
import { checkStructure, type StructureProblem } from '../../api/structure.ts';
import { isSoundAndFilled } from '../../api/structure-sound.ts';
import type { Call, Registry } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';
import { schemaOfSchemas, unionSchemas } from './union-schemas.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** A configuration that is applied owns also what it says to be empty. */
export type Empties = 'dropped' | 'kept';

/**
 * Takes unknown fields out of the body, and refuses or warns about them as the mode asks.
 * `duplicates` are the paths of members that the body had twice. Throws BadRequest.
 */
export function checkFields(
  registry: Registry,
  call: Call,
  served: ServedResource,
  body: UnknownObject,
  mode: FieldValidation,
  duplicates: readonly string[] = [],
  empties: Empties = 'dropped',
): void {
  if (served.custom === undefined) {
    const schema = served.schema(registry.schemas);
    checkAgainst(registry, call, served, body, schema, mode, duplicates, empties);
    if (served.kind.kind === 'CustomResourceDefinition') readUnions(registry, served, body);
    return;
  }
  // Values of custom resources are judged later, by validation.
  const unknown = takeOut(registry, served, body, onlyMetadata, empties);
  const all = [...unknown, ...served.custom.prune(body)];
  report(call, served, mode, [...repeatedTexts(duplicates), ...unknownTexts(all)]);
}

/** The original drops without a word what it does not know there. Throws BadRequest. */
function readUnions(registry: Registry, served: ServedResource, body: UnknownObject): void {
  for (const schema of unionSchemas(body)) {
    const problems = checkStructure(schema, schemaOfSchemas, registry.schemas);
    const wrong = problems.find(({ code }) => code === 'wrong-type');
    if (wrong !== undefined) {
      const { kind, version } = served.kind;
      const why = wrongType(registry, schemaOfSchemas, 'JSONSchemaProps', schema, wrong);
      const cannot = `${kind} in version "${version}" cannot be handled as a ${kind}`;
      throw apiError('BadRequest', `${cannot}: ${why}`);
    }
    for (const { code, path } of problems) if (code === 'unknown-field') removeAt(schema, path);
  }
}

const onlyMetadata: Schema = {
  type: 'object',
  'x-kubernetes-preserve-unknown-fields': true,
  properties: {
    metadata: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
  },
};

/** As `checkFields`, for bodies of another kind than the resource's own. */
export function checkAgainst(
  registry: Registry,
  call: Call,
  named: { kind: { kind: string; version: string } },
  body: UnknownObject,
  schema: Schema | undefined,
  mode: FieldValidation,
  duplicates: readonly string[] = [],
  empties: Empties = 'dropped',
): void {
  const unknown = takeOut(registry, named, body, schema, empties);
  report(call, named, mode, [...unknownTexts(unknown), ...repeatedTexts(duplicates)]);
}

type Path = readonly (string | number)[];

/** Takes unknown fields out of the body, and says which. Throws BadRequest for values of wrong types. */
function takeOut(
  registry: Registry,
  named: { kind: { kind: string; version: string } },
  body: UnknownObject,
  schema: Schema | undefined,
  empties: Empties,
): Path[] {
  if (schema !== undefined && isInOrder(body, schema, registry.schemas)) return [];
  const problems = schema === undefined ? [] : checkStructure(body, schema, registry.schemas);
  const { kind, version } = named.kind;
  const cannot = `${kind} in version "${version}" cannot be handled as a ${kind}: `;
  const wrong = problems.find((problem) => problem.code === 'wrong-type');
  if (wrong !== undefined) {
    throw apiError('BadRequest', `${cannot}${wrongType(registry, schema, kind, body, wrong)}`);
  }
  const unread = problems.find(({ code }) => code === 'format' || code === 'range');
  if (unread !== undefined) {
    throw apiError('BadRequest', `${cannot}${unreadable(registry, schema, kind, body, unread)}`);
  }
  const unknown = problems.filter((problem) => problem.code === 'unknown-field');
  for (const problem of unknown) removeAt(body, problem.path);
  if (schema !== undefined) {
    if (containsNull(body)) settleNulls(body, schema, registry.schemas);
    if (empties === 'dropped') dropEmpties(body, schema, registry.schemas);
  }
  return unknown.map(({ path }) => path);
}

/** Specs that nothing is to be said of, by their JSON; for each schema of an object. */
const soundSpecs = new WeakMap<Schema, RecentTexts<true>>();

function isInOrder(body: UnknownObject, schema: Schema, schemas: SchemaSource): boolean {
  const { spec, ...others } = body;
  if (spec === undefined) return isSoundAndFilled(body, schema, schemas);
  const known = textsOf(soundSpecs, schema);
  const text = JSON.stringify(spec);
  if (known.get(text) === true && isSoundAndFilled(others, schema, schemas)) return true;
  if (!isSoundAndFilled(body, schema, schemas)) return false;
  known.set(text, true);
  return true;
}

/** The original's decoder gathers no more than this. */
const mostTold = 100;

const unknownTexts = (paths: readonly Path[]) =>
  paths.slice(0, mostTold).map((path) => `unknown field "${formatPath(path)}"`);
const repeatedTexts = (paths: readonly string[]) =>
  paths.slice(0, mostTold).map((path) => `duplicate field "${path}"`);

/** Refuses or warns about fields that nobody knows and members that came twice. */
function report(
  call: Call,
  named: { kind: { kind: string; version: string } },
  mode: FieldValidation,
  texts: readonly string[],
): void {
  if (mode === 'Ignore' || texts.length === 0) return;
  const found = texts.slice(0, mostTold);
  if (mode === 'Strict') {
    const { kind, version } = named.kind;
    throw apiError(
      'BadRequest',
      `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${found.join(', ')}`,
    );
  }
  for (const text of found) call.warn(text);
}

/** `spec.containers[0].name` */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

/** In the words of the decoder that clients and people know. */
function wrongType(
  registry: Registry,
  schema: Schema | undefined,
  kind: string,
  body: unknown,
  problem: StructureProblem,
): string {
  const names = problem.path.filter((step) => typeof step === 'string');
  const is = kindOfValue(memberAt(body, problem.path));
  const { struct, type } = goNames(registry, schema, kind, problem.path);
  return `json: cannot unmarshal ${is} into Go struct field ${struct}.${names.join('.')} of type ${type}`;
}

/** A value of the right type that the decoder cannot take: a date, bytes, a quantity, a number too great. */
function unreadable(
  registry: Registry,
  schema: Schema | undefined,
  kind: string,
  body: unknown,
  problem: StructureProblem,
): string {
  const value = memberAt(body, problem.path);
  const { struct, type } = goNames(registry, schema, kind, problem.path);
  if (problem.code === 'range') {
    const names = problem.path.filter((step) => typeof step === 'string');
    return `json: cannot unmarshal number ${String(value)} into Go struct field ${struct}.${names.join('.')} of type ${type}`;
  }
  switch (problem.expected) {
    case 'byte':
      return `illegal base64 data at input byte ${illegalByte(String(value))}`;
    case 'date-time':
      return wrongMoment(String(value), type);
    case 'quantity':
      return "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    default:
      return problem.message;
  }
}

/** `type` is the field's in Go; the schema of a moment gives that away. */
function wrongMoment(text: string, type: string): string {
  return momentProblem(text, type === 'MicroTime' ? 'micros' : 'seconds') ?? '';
}

/** Where the decoder gives up: at what is no digit of base 64, or at the end. */
function illegalByte(text: string): number {
  const wrong = text.search(/[^A-Za-z0-9+/=\r\n]/);
  return wrong < 0 ? text.length - (text.length % 4) : wrong;
}

/** The struct that holds the field and the field's type, as far as the schema tells them. */
function goNames(
  registry: Registry,
  schema: Schema | undefined,
  kind: string,
  path: readonly (string | number)[],
): { struct: string; type: string } {
  let struct = kind;
  let at = schema;
  for (const step of path) {
    const name = referenceOf(at);
    if (name !== undefined) struct = name;
    const whole: Schema | undefined = at === undefined ? undefined : registry.schemas.resolve(at);
    const others = whole?.additionalProperties;
    at =
      typeof step === 'number'
        ? whole?.items
        : (whole?.properties?.[step] ?? (typeof others === 'object' ? others : undefined));
  }
  const named = referenceOf(at);
  return { struct, type: named ?? goType(at) };
}

/** `Deployment` of a reference to io.k8s.api.apps.v1.Deployment. */
function referenceOf(schema: Schema | undefined): string | undefined {
  const reference = schema?.$ref ?? schema?.allOf?.[0]?.$ref;
  return reference?.split('.').at(-1);
}

function goType(schema: Schema | undefined): string {
  switch (schema?.type) {
    case 'integer':
      return schema.format ?? 'int64';
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    case 'array':
      return `[]${referenceOf(schema.items) ?? goType(schema.items)}`;
    case 'object': {
      const members = schema.additionalProperties;
      return `map[string]${typeof members === 'object' ? goType(members) : 'interface {}'}`;
    }
    default:
      return 'string';
  }
}

function kindOfValue(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}

function memberAt(value: unknown, path: readonly (string | number)[]): unknown {
  let at = value;
  for (const step of path) {
    if (at === null || typeof at !== 'object') return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at;
}

function removeAt(body: unknown, path: readonly (string | number)[]): void {
  const parent = memberAt(body, path.slice(0, -1));
  const last = path.at(-1);
  if (parent !== null && typeof parent === 'object' && typeof last === 'string') {
    delete (parent as Record<string, unknown>)[last];
  }
}
