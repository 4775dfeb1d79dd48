/** Fields that do not exist, are missing, or hold something of the wrong kind. */
import { isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import type { Schema, SchemaSource } from '../../runtime/api/schema.ts';
import { checkStructure, type Path, type StructureProblem } from '../../runtime/api/structure.ts';
import { checkCustomFacts } from '../../runtime/api/structure-custom.ts';
import { formatPath } from '../../runtime/api/structure-problem.ts';
import { at } from '../references/fields.ts';
import { nodeAt, placed } from '../routing/locate.ts';
import { isRecord, type Resource } from '../routing/manifest-file.ts';
import { headRange, keyRange, valueRange } from '../routing/ranges.ts';
import { placeOfField } from '../schemas/field-places.ts';
import { schemaAt } from '../schemas/schema-at.ts';
import { finish, type Steps } from '../slices.ts';
import { nameInParts } from './name-parts.ts';
import type { Problem, RuleId } from './problem.ts';

/** Problems of one object; nobody reads more, and to find the place of each costs time. */
const mostShown = 250;
/** After so many it is no slip of a name any more. */
const mostHelped = 100;
const problemsInStep = 10;

/**
 * @param partial the file is a patch: what is missing is elsewhere
 * @param isRefused whether the server minds that a field is missing or is none of its choices, which
 *   the schemas of built-in kinds say more often than is so
 */
export function structureProblems(
  resource: Resource,
  schema: Schema,
  source: SchemaSource,
  partial: boolean,
): Problem[] {
  return finish(structureProblemsInSteps(resource, schema, source, partial));
}

/** As `structureProblems`, bit by bit. */
export function* structureProblemsInSteps(
  resource: Resource,
  schema: Schema,
  source: SchemaSource,
  partial: boolean,
  isRefused: (path: Path) => boolean = () => true,
): Steps<Problem[]> {
  const text = sourceOf(resource);
  const found: StructureProblem[] = [];
  for (const problem of checkStructure(resource.value, schema, source, mostShown)) {
    const isHelped = found.length < mostHelped;
    found.push(isHelped ? withNameInParts(problem, resource, schema, source) : problem);
    if (found.length % problemsInStep === 0) yield;
  }
  const misspelled = new Set(found.flatMap(meantField));
  const told = found
    .filter(({ code, path }) => {
      return code !== 'missing' || !(partial || misspelled.has(formatPath(path)));
    })
    .filter((problem) => !isEmptyChoice(problem, resource))
    .filter((problem) => !(partial && isDirective(problem)))
    .filter((problem) => !isEncryption(problem, resource))
    .filter(({ code, path }) => (code !== 'missing' && code !== 'enum') || isRefused(path));
  const problems: Problem[] = [];
  for (const problem of told) {
    const { code, path, suggestion } = problem;
    const isMeant = code === 'unknown-field' && suggestion !== undefined;
    const placed = toProblem(problem, resource, schema, source, text);
    problems.push({ ...placed, path: isMeant ? [...path.slice(0, -1), suggestion] : path });
    if (problems.length % problemsInStep === 0) yield;
  }
  return problems;
}

/** What only the schemas of custom kinds say. */
export function customProblems(
  resource: Resource,
  schema: Schema,
  source: SchemaSource,
): Problem[] {
  const text = sourceOf(resource);
  return checkCustomFacts(resource.value, schema).map((problem) => ({
    ...toProblem(problem, resource, schema, source, text),
    path: problem.path,
  }));
}

/**
 * What no misspelling explains may be part of the right name, or more than it: `pullPolicy` of
 * `imagePullPolicy`, `imageTag` for `image`. A name that is right
 * further up or down is left.
 */
function withNameInParts(
  problem: StructureProblem,
  resource: Resource,
  schema: Schema,
  source: SchemaSource,
): StructureProblem {
  const name = String(problem.path.at(-1));
  if (problem.code !== 'unknown-field' || problem.suggestion !== undefined) return problem;
  const parent = problem.path.slice(0, -1);
  const here = parent.filter((part) => typeof part === 'string').join('.');
  const place = placeOfField(name, schema, source);
  // A level too high or too low; elsewhere is another matter.
  if (place !== undefined && (isAbove(place, here) || isAbove(here, place))) return problem;
  const taken = at(resource.value, parent);
  const known = Object.keys(schemaAt(schema, parent, source)?.properties ?? {}).filter(
    (each) => !isRecord(taken) || taken[each] === undefined,
  );
  const suggestion = nameInParts(name, known);
  return suggestion === undefined ? problem : { ...problem, suggestion };
}

function isAbove(place: string, other: string): boolean {
  return place === '' || other === place || other.startsWith(`${place}.`);
}

/** Where a misspelled field would be if it were right: it is not missing, too. */
function meantField({ code, path, suggestion }: StructureProblem): string[] {
  if (code !== 'unknown-field' || suggestion === undefined) return [];
  return [formatPath([...path.slice(0, -1), suggestion])];
}

/**
 * What a strategic merge patch says of itself.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
function isDirective({ code, path }: StructureProblem): boolean {
  const name = String(path.at(-1));
  const isOne =
    name === '$patch' ||
    name === '$retainKeys' ||
    /^\$(setElementOrder|deleteFromPrimitiveList)\//.test(name);
  return code === 'unknown-field' && isOne;
}

/** What SOPS keeps in a file that it has encrypted; it is gone before anybody applies the object. */
function isEncryption({ code, path }: StructureProblem, { value }: Resource): boolean {
  const { sops } = value;
  const isItsField = code === 'unknown-field' && path.length === 1 && path[0] === 'sops';
  return isItsField && typeof sops === 'object' && sops !== null && 'mac' in sops;
}

/** The empty string is how Go says "not given"; the server takes it for the default. */
function isEmptyChoice(problem: StructureProblem, resource: Resource): boolean {
  if (problem.code !== 'enum') return false;
  const node = nodeAt(resource, problem.path);
  return isScalar(node) && node.value === '';
}

function toProblem(
  problem: StructureProblem,
  resource: Resource,
  schema: Schema,
  source: SchemaSource,
  text: SourceReader,
): Problem {
  switch (problem.code) {
    case 'unknown-field':
      return unknownField(problem, resource, schema, source);
    case 'missing':
      return missingField(problem, resource);
    case 'wrong-type':
      return wrongType(problem, resource, text, schemaAt(schema, problem.path, source));
    default:
      return invalidValue(problem, resource);
  }
}

function unknownField(
  problem: StructureProblem,
  resource: Resource,
  schema: Schema,
  source: SchemaSource,
): Problem {
  const [start, end] = keyRange(resource, problem.path);
  const base = { rule: 'unknown-field' as const, severity: 'error' as const, start, end };
  const parent = formatPath(problem.path.slice(0, -1));
  const where = parent === '' ? (resource.kind ?? 'the object') : parent;
  const name = String(problem.path.at(-1));
  if (problem.suggestion !== undefined) {
    return {
      ...base,
      message: `Unknown field "${name}" in ${where}; did you mean "${problem.suggestion}"?`,
      fix: {
        title: `Change to "${problem.suggestion}"`,
        edits: [{ start, end, text: problem.suggestion }],
        // Nothing but the case of letters is wrong.
        safe: problem.suggestion.toLowerCase() === name.toLowerCase(),
      },
    };
  }
  const place = placeOfField(name, schema, source);
  const belongs =
    place === undefined ? '' : `; it belongs ${place === '' ? 'at the top' : `in ${place}`}`;
  return { ...base, message: `Unknown field "${name}" in ${where}${belongs}` };
}

function missingField(problem: StructureProblem, resource: Resource): Problem {
  const parent = problem.path.slice(0, -1);
  const [start, end] = headRange(resource, parent);
  const where = parent.length === 0 ? (resource.kind ?? 'the object') : formatPath(parent);
  return {
    rule: 'missing-field',
    severity: 'error',
    message: `Missing field "${problem.path.at(-1)}" in ${where}`,
    start,
    end,
  };
}

type SourceReader = (path: Path) => string | undefined;

/** Reads a scalar as it is written. */
function sourceOf(resource: Resource): SourceReader {
  return (path) => {
    const node = nodeAt(resource, path);
    return isScalar(node) ? node.source : undefined;
  };
}

function wrongType(
  problem: StructureProblem,
  resource: Resource,
  text: SourceReader,
  wanted: Schema | undefined,
): Problem {
  const node = nodeAt(resource, problem.path);
  const block = isMap(node) || isSeq(node);
  const [start, end] = block
    ? keyRange(resource, problem.path)
    : valueRange(resource, problem.path);
  const base = { rule: 'wrong-type' as const, severity: 'error' as const, start, end };
  const name = fieldName(problem.path);
  const written = text(problem.path);
  if (problem.expected === 'string' && written !== undefined && !block) {
    const quoted = JSON.stringify(written);
    return {
      ...base,
      message: `${name} must be a string, and YAML reads ${written} as a ${problem.actual}; put it in quotes: ${quoted}`,
      fix: {
        title: `Put in quotes: ${quoted}`,
        edits: [{ start, end, text: quoted }],
        safe: true,
      },
    };
  }
  if (problem.expected === 'array' && isMap(node) && node.flow !== true) {
    const fix = listFix(node, resource);
    const message = `${name} is a list: what is in it begins with "- "`;
    return { ...base, message, ...(fix === undefined ? {} : { fix }) };
  }
  if (problem.expected === 'object' && isWordAlone(node, resource, problem.path)) {
    const fields = Object.keys(wanted?.properties ?? {});
    // One of its fields is being written; or it is what a list of names would have.
    const isBegun = fields.length === 0 || fields.some((field) => field.startsWith(`${written}`));
    const isName = !isBegun && typeof problem.path.at(-1) === 'number' && fields.includes('name');
    if (isName) return { ...base, message: `${name} has fields: write "name: ${written}"` };
    if (isBegun) return { ...base, message: `There is no colon after the field: "${written}:"` };
  }
  const unquoted = unquotedFix(problem, written, start, end);
  return {
    ...base,
    message: `${name}: ${lowerFirst(problem.message)}`,
    ...(unquoted === undefined ? {} : { fix: unquoted }),
  };
}

/** A word on a line of its own, or an item of a list, where an object is wanted. */
function isWordAlone(node: unknown, resource: Resource, path: Path): boolean {
  if (!isScalar(node) || node.type !== 'PLAIN') return false;
  if (!/^[A-Za-z][\w.-]*$/.test(node.source ?? '')) return false;
  if (typeof path.at(-1) === 'number') return true;
  const [, nameEnd] = keyRange(resource, path);
  const [start] = valueRange(resource, path);
  // On the same line nothing but a colon and a space are between them.
  return start - nameEnd > 2;
}

/** A dash before the first field, and the others as far in as that then is. */
function listFix(map: YAMLMap, resource: Resource): Problem['fix'] {
  const [first, ...others] = map.items.map(({ key }) => placed(key, resource));
  const isPlain = map.items.every(({ value }) => isScalar(value));
  if (first === undefined || !isPlain || others.includes(undefined)) return undefined;
  const dash = { start: first[0], end: first[0], text: '- ' };
  const indents = others.flatMap((other) =>
    other === undefined ? [] : { start: other[0], end: other[0], text: '  ' },
  );
  return { title: 'Make it an item of the list', edits: [dash, ...indents] };
}

/** `"80"` where a number is wanted. */
function unquotedFix(
  problem: StructureProblem,
  written: string | undefined,
  start: number,
  end: number,
): Problem['fix'] {
  if (written === undefined || problem.actual !== 'string') return undefined;
  const fits =
    (problem.expected === 'integer' && /^-?\d+$/.test(written)) ||
    (problem.expected === 'number' && /^-?\d+(\.\d+)?$/.test(written)) ||
    (problem.expected === 'boolean' && /^(true|false)$/.test(written));
  return fits
    ? {
        title: `Remove the quotes: ${written}`,
        edits: [{ start, end, text: written }],
        safe: true,
      }
    : undefined;
}

function invalidValue(problem: StructureProblem, resource: Resource): Problem {
  const [start, end] = valueRange(resource, problem.path);
  const rule: RuleId = 'invalid-value';
  return {
    rule,
    severity: 'error',
    message: `${fieldName(problem.path)}: ${lowerFirst(problem.message)}`,
    start,
    end,
    ...(problem.suggestion === undefined
      ? {}
      : {
          fix: {
            title: `Change to "${problem.suggestion}"`,
            edits: [{ start, end, text: problem.suggestion }],
          },
        }),
  };
}

/** `spec.replicas` → `replicas`, an item of a list with its list: `command[0]`. */
function fieldName(path: Path): string {
  const last = path.findLastIndex((part) => typeof part === 'string');
  return formatPath(path.slice(Math.max(0, last))) || 'the object';
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
