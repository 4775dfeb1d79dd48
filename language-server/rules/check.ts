/** Runs all rules over one file. */

import type { Schema } from '../../runtime/api/schema.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { at } from '../references/fields.ts';
import type { AddedLabels } from '../references/kustomizations.ts';
import type { AppliedPatch } from '../references/patches.ts';
import {
  gvkOf,
  isKubernetes,
  type ManifestFile,
  type ManifestPart,
  nameOf,
  namespaceOf,
  type ParsedResource,
  partAt,
  type Resource,
} from '../routing/manifest-file.ts';
import { valueRange } from '../routing/ranges.ts';
import type { Catalog } from '../schemas/catalog.ts';
import { finish, type Steps } from '../slices.ts';
import { narrowed } from './expression-place.ts';
import { expressionWarnings } from './expressions.ts';
import { inlinePatchProblems } from './inline-patches.ts';
import { kindProblems } from './kind.ts';
import { likelyProblems } from './likely.ts';
import type { Problem, RuleId, Severity } from './problem.ts';
import {
  customRefusals,
  isWithin,
  type Refusal,
  refusalsOf,
  semanticProblems,
  servedObjectInSteps,
} from './semantics.ts';
import { warningProblems } from './server-warnings.ts';
import { customProblems, structureProblems, structureProblemsInSteps } from './structure.ts';
import { suppressionIn } from './suppression.ts';

export interface CheckContext {
  readonly catalog: Catalog;
  /** The file is a kustomize patch: objects in it are not whole. */
  readonly partial: boolean;
  /** What kustomizations add to its objects when they are built. */
  readonly added?: AddedLabels | undefined;
  /** What their patches put into it; the same value until that changes. */
  readonly patches?: readonly AppliedPatch[] | undefined;
  /** The file is one of manifests whatever it looks like. */
  readonly forced?: boolean;
  /** The file holds no Kubernetes objects; its schema, where there is one. */
  readonly whole?: {
    readonly schema: Schema | undefined;
    /** It is a kustomization: `nameprefix` is taken for `namePrefix`, and there may be patches in it. */
    readonly kustomization: boolean;
  };
  /** What depends on other files; left out where there is no workspace. */
  readonly cross?: (file: ManifestFile) => readonly Problem[];
  /** What needs objects that have the shape of their kind: packs of rules that were asked for. */
  readonly judged?: (file: ManifestFile, isSound: (resource: Resource) => boolean) => Problem[];
  /** Where each rule has its page, ending with a slash. */
  readonly documentation?: string;
  /** Rules that are turned off or weigh differently. */
  readonly severities: Readonly<Record<RuleId, Severity | 'off' | undefined>>;
}

/** All problems of a Kubernetes file, in the order of the text; none for any other file. */
export function checkFile(file: ManifestFile, context: CheckContext): Problem[] {
  return finish(checkFileInSteps(file, context));
}

/** As `checkFile`, one object after the other. */
export function* checkFileInSteps(file: ManifestFile, context: CheckContext): Steps<Problem[]> {
  if (file.template) return [];
  if (context.whole === undefined && context.forced !== true && !looksLikeKubernetes(file))
    return [];
  const problems = file.problems.map(
    ({ start, end, message, severity }): Problem => ({
      rule: 'yaml-syntax',
      severity,
      message,
      start,
      end,
    }),
  );
  for (const resource of file.resources) {
    const found = yield* aloneProblems(resource, context, file.text);
    const alone = found.filter(isBesides(file, resource));
    problems.push(...alone.map((problem) => narrowed(problem, file.text)));
    yield;
  }
  if (context.whole === undefined) problems.push(...(yield* duplicateProblems(file)));
  yield;
  const { cross, judged, partial } = context;
  const isSound = isSoundIn(context);
  for (const resource of partial ? [] : file.resources) {
    const one = { ...file, resources: [resource] };
    problems.push(...(cross?.(one) ?? []), ...(judged?.(one, isSound) ?? []));
    yield;
  }
  const isSuppressed = suppressionIn(file);
  yield;
  const told: Problem[] = [];
  for (const [index, problem] of problems.entries()) {
    if (index % problemsInStep === 0) yield;
    if (isSuppressed(problem) || isPlaceholder(problem, file.text)) continue;
    told.push(...weigh(problem, context));
  }
  return told.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** So many problems, or objects that are compared, take a fraction of a millisecond. */
const problemsInStep = 100;

/** What breaks no structure. */
const harmlessCodes = ['DUPLICATE_KEY', 'UNKNOWN_ALIAS'];

/**
 * Where the text could not be read, what is missing may be there all the same, and what comes after
 * it may be anywhere: the mistake in the text is enough to say.
 */
function isBesides(file: ManifestFile, { base }: Resource): (problem: Problem) => boolean {
  if (file.problems.length === 0) return () => true;
  const part = partAt(file, base)?.part;
  const broken = part === undefined ? [] : brokenLines(part);
  if (broken.length === 0) return () => true;
  const first = Math.min(...broken.map(([start]) => start));
  return ({ rule, start }) => {
    if (rule === 'missing-field' || rule === 'invalid-object') return false;
    const at = start - base;
    if (rule === 'unknown-field') return at < first;
    return !broken.some(([from, to]) => from <= at && at <= to);
  };
}

const knownBroken = new WeakMap<ManifestPart, readonly (readonly [number, number])[]>();

/** From the beginning of the line on which each mistake in the text is to its end; once for all its objects. */
function brokenLines(part: ManifestPart): readonly (readonly [number, number])[] {
  const known = knownBroken.get(part);
  if (known !== undefined) return known;
  const broken = part.problems
    .filter(({ severity, code }) => severity === 'error' && !harmlessCodes.includes(code))
    .map(({ start, end, from = start }) => {
      return [part.text.lastIndexOf('\n', Math.min(start, from) - 1) + 1, end] as const;
    });
  knownBroken.set(part, broken);
  return broken;
}

function* aloneProblems(
  resource: Resource,
  context: CheckContext,
  text: string,
): Steps<readonly Problem[]> {
  if (context.whole === undefined) return yield* checkResourceInSteps(resource, context);
  const { schema, kustomization } = context.whole;
  if (schema === undefined) return [];
  const problems = structureProblems(resource, schema, context.catalog, false);
  if (!kustomization) return problems;
  const { whole: _, ...rest } = context;
  const checkPart = (part: Resource) => checkResource(part, { ...rest, partial: true });
  return [...problems.map(lessIfOnlyCase), ...inlinePatchProblems(resource, text, checkPart)];
}

/** A field that is found all the same, for nothing but the case of its letters is wrong. */
function lessIfOnlyCase(problem: Problem): Problem {
  const isOnlyCase = problem.rule === 'unknown-field' && problem.fix?.safe === true;
  if (!isOnlyCase) return problem;
  const name = String(problem.path?.at(-1));
  return {
    ...problem,
    severity: 'information',
    message: `The field is called "${name}"; kustomize takes it as it is, too`,
  };
}

/**
 * A file with one object that says what it is, or a broken one that still shows both fields: while
 * someone types, the parse may be too poor to find them.
 */
function looksLikeKubernetes(file: ManifestFile): boolean {
  if (isKubernetes(file)) return true;
  if (file.resources.some(isHalf)) return true;
  return (
    (/^["{\s]*apiVersion"?\s*:/m.test(file.text) && /^["{\s]*kind"?\s*:/m.test(file.text)) ||
    /^\s*\{\s*"(apiVersion|kind)"\s*:\s*"[\w./]+"[\s,]*"(apiVersion|kind)"\s*:/.test(file.text)
  );
}

/**
 * What some tool will put a value into before the file is used: `"{{ .Values.memory }}Mi"`, and as
 * envsubst and Flux have it `${REPLICAS:=2}` and `$PORT`; or what SOPS has encrypted.
 */
function isPlaceholder({ rule, start, end, message }: Problem, text: string): boolean {
  const values: readonly RuleId[] = ['invalid-value', 'invalid-object', 'wrong-type'];
  if (!values.includes(rule)) return false;
  const given = text.slice(start, end);
  // What was made of it by defaults is not in the text; the message shows it.
  const line = given.includes('\n') ? message : `${given} ${message}`;
  // A whole item of a list may well have a script in it.
  const value = fieldsOnLines.test(given) ? message : `${given} ${message}`;
  return placeholder.test(value) || variable.test(line);
}

const fieldsOnLines = /^[\w.-]+:[^\n]*\n/;
const placeholder = /\{\{[^{}\n]*\}\}|\$\{[^{}\n]+\}|\bENC\[AES256_GCM,/;
const variable = /\$[A-Z_][A-Z0-9_]*\b/;

/** It says one of the two things that an object says of itself; `drive#file` is another's kind. */
function isHalf({ apiVersion, kind }: Resource): boolean {
  if (kind === undefined) return apiVersion !== undefined;
  return apiVersion === undefined && /^\w+$/.test(kind);
}

interface Checked {
  /** Of the object's kind; undefined for a kind that is not known. */
  readonly schema: Schema | undefined;
  /** Of the catalog, which matters where the kind is not known. */
  readonly generation: number;
  readonly partial: boolean;
  readonly added: AddedLabels | undefined;
  readonly patches: readonly AppliedPatch[] | undefined;
  readonly base: number;
  readonly problems: readonly Problem[];
}

/** What was found in an object stands until its text or its kind changes, wherever it moves. */
const checked = new WeakMap<ParsedResource, Checked>();

/** All that is wrong with an object by itself. */
export function checkResource(resource: Resource, context: CheckContext): readonly Problem[] {
  return finish(checkResourceInSteps(resource, context));
}

/** As `checkResource`, bit by bit: of a large object the whole takes long. */
function* checkResourceInSteps(
  resource: Resource,
  context: CheckContext,
): Steps<readonly Problem[]> {
  const { catalog, partial, added, patches } = context;
  const { generation } = catalog;
  const { base, parsed } = resource;
  const gvk = gvkOf(resource);
  const schema = gvk === undefined ? undefined : catalog.forKind(gvk);
  const before = checked.get(parsed);
  const isSame =
    before?.schema === schema &&
    before?.partial === partial &&
    before?.added === added &&
    before?.patches === patches &&
    (schema !== undefined || before?.generation === generation);
  if (before !== undefined && isSame) {
    return before.problems.map((problem) => moved(problem, base - before.base));
  }
  const problems = yield* resourceProblems(resource, context);
  checked.set(parsed, { schema, generation, partial, added, patches, base, problems });
  return problems;
}

/** The problem where its object has moved to. */
export function moved(problem: Problem, by: number): Problem {
  if (by === 0) return problem;
  const { fix } = problem;
  const shift = <T extends { start: number; end: number }>(range: T): T => ({
    ...range,
    start: range.start + by,
    end: range.end + by,
  });
  return { ...shift(problem), ...(fix && { fix: { ...fix, edits: fix.edits.map(shift) } }) };
}

function* resourceProblems(resource: Resource, context: CheckContext): Steps<Problem[]> {
  const kind = kindProblems(resource, context.catalog);
  const gvk = gvkOf(resource);
  const schema = gvk === undefined ? undefined : context.catalog.forKind(gvk);
  if (gvk === undefined || schema === undefined) return kind;
  const { catalog } = context;
  if (context.partial) {
    return [...kind, ...structureProblems(resource, schema, catalog, context.partial)];
  }
  const namespaced = catalog.isNamespaced(gvk) === true;
  const builtIn = catalog.isBuiltIn(gvk);
  const kept = catalog.isKept(gvk);
  // What is only ever asked and answered (reviews, options) has no name that could be wrong.
  const object =
    builtIn && !kept
      ? undefined
      : yield* servedObjectInSteps(resource, schema, catalog, {
          namespaced,
          added: context.added,
          patches: context.patches,
        });
  yield;
  const refusals = object === undefined ? [] : refusalsOf(object, resource).slice(0, mostRefusals);
  yield;
  const used = new Set<Refusal>();
  const isRefused = (path: Path): boolean => {
    const by = refusals.filter((each) => isWithin(each.path, path) || isWithin(path, each.path));
    for (const refusal of by) used.add(refusal);
    return by.length > 0;
  };
  // What is kept is what validation is for; of the others, and of custom kinds, the schema says all.
  const isLeftOut = (path: Path) =>
    at(object, path) === undefined || at(resource.value, path) !== undefined;
  const isPatched = context.patches !== undefined && object !== undefined;
  const judged = builtIn && kept ? isRefused : isPatched ? isLeftOut : undefined;
  const structure = yield* structureProblemsInSteps(resource, schema, catalog, false, judged);
  if (!builtIn) {
    structure.push(...customProblems(resource, schema, catalog));
    if (structure.length === 0 && context.patches === undefined) {
      refusals.push(...customRefusals(resource, schema).slice(0, mostRefusals));
    }
  }
  yield;
  const reported = structure.flatMap(({ path }) => (path === undefined ? [] : [path]));
  const others = refusals.filter((refusal) => !used.has(refusal));
  const isSound = structure.every(({ rule }) => rule !== 'wrong-type');
  const warnings =
    object === undefined
      ? []
      : warningProblems(resource, object, { custom: !builtIn, refusals, reported });
  yield;
  const likely = builtIn && isSound ? likelyProblems(resource, gvk, catalog) : [];
  yield;
  const semantic = semanticProblems(resource, others, reported);
  if (object !== undefined) {
    likely.push(...expressionWarnings(resource, object, catalog, others));
  }
  return [...kind, ...structure, ...semantic, ...warnings, ...likely];
}

/** Of one object; nobody reads more, and to find the place of each costs time. */
const mostRefusals = 250;

function* duplicateProblems(file: ManifestFile): Steps<Problem[]> {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const [index, resource] of file.resources.entries()) {
    if (index % problemsInStep === 0) yield;
    const key = identityOf(resource);
    if (key === undefined) continue;
    if (seen.has(key)) problems.push(duplicate(resource));
    seen.add(key);
  }
  return problems;
}

function identityOf(resource: Resource): string | undefined {
  const gvk = gvkOf(resource);
  const name = nameOf(resource);
  if (gvk === undefined || name === undefined) return undefined;
  return [gvk.group, gvk.kind, namespaceOf(resource) ?? '', name].join('/');
}

function duplicate(resource: Resource): Problem {
  const [start, end] = valueRange(resource, ['metadata', 'name']);
  return {
    rule: 'duplicate-object',
    severity: 'warning',
    message: `This file already has a ${resource.kind} "${nameOf(resource)}" above; the later one replaces it`,
    start,
    end,
  };
}

function weigh(problem: Problem, { severities }: CheckContext): Problem[] {
  const severity = severities[problem.rule];
  if (severity === 'off') return [];
  return [severity === undefined ? problem : { ...problem, severity }];
}

/** Nobody can judge by its meaning what has not even the shape of its kind. */
function isSoundIn(context: CheckContext): (resource: Resource) => boolean {
  return (resource) => checkResource(resource, context).every(({ rule }) => rule !== 'wrong-type');
}
