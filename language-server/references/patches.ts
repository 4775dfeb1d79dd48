/**
 * Patches of kustomizations: parts of objects, and operations (RFC 6902), each in a file of its own or
 * written into the kustomization. What they put into an object is not missing from it:
 *
 *     base/deployment.yaml       spec: { template: … }, no selector
 *     overlay/selector.yaml      spec: { selector: { matchLabels: { app: web } } }
 *     the base, as it is judged  both
 */
import { goPattern } from '../../runtime/api/cel/regex.ts';
import type { KubeObject } from '../../runtime/api/object.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import {
  isRecord,
  type ManifestFile,
  type Resource,
  readManifestFile,
} from '../routing/manifest-file.ts';
import { at } from './fields.ts';

type Value = Readonly<Record<string, unknown>>;

/** One entry of a kustomization. */
export interface Patch {
  /** Where it stands in the kustomization. */
  readonly path: Path;
  readonly target: Value | undefined;
  /** URI of the file that it is in, if it is in one. */
  readonly file: string | undefined;
  /** What is written into the kustomization. */
  readonly content: PatchContent | undefined;
}

export interface PatchContent {
  /** Parts of objects, each with kind and name. */
  readonly objects: readonly Value[];
  readonly operations: readonly Operation[];
}

interface Operation {
  readonly op: string;
  /** As in RFC 6901: `/spec/containers/0`. */
  readonly pointer: string;
  readonly value: unknown;
}

/** A patch with what is in it. */
export interface AppliedPatch {
  readonly target: Value | undefined;
  readonly content: PatchContent;
}

/** Whether the text may be a list of operations, which says no apiVersion. */
export function looksLikeOperations(text: string): boolean {
  return /^[\s[{-]*["']?op["']?\s*:\s*["']?(?:add|remove|replace|move|copy|test)\b/m.test(text);
}

/** What is in a file of patches. */
export function patchContentOf({ text, parts, resources }: ManifestFile): PatchContent {
  const hasLists = resources.length === 0 && looksLikeOperations(text);
  const documents = hasLists ? parts.flatMap(({ part }) => part.documents) : [];
  const lists = documents.map((document) => jsOf(document));
  return {
    objects: resources.map(({ value }) => value),
    operations: lists.flatMap((list) => (Array.isArray(list) ? list : []).flatMap(operationOf)),
  };
}

function jsOf(document: { toJS(): unknown }): unknown {
  try {
    return document.toJS();
  } catch {
    // An alias that leads nowhere; the file itself says so.
    return undefined;
  }
}

function operationOf(item: unknown): Operation[] {
  const [op, pointer] = [at(item, ['op']), at(item, ['path'])];
  if (typeof op !== 'string' || typeof pointer !== 'string') return [];
  return [{ op, pointer, value: at(item, ['value']) }];
}

/** @param uriOf of a path in the kustomization; undefined for what is none */
export function patchesOf(
  { value }: Resource,
  uriOf: (path: string) => string | undefined,
): Patch[] {
  const listed = (field: string) => {
    const list = at(value, [field]);
    return Array.isArray(list) ? [...list.entries()] : [];
  };
  const inText = (text: unknown) =>
    typeof text === 'string' ? patchContentOf(readManifestFile(text)) : undefined;
  const targeted = ['patches', 'patchesJson6902'].flatMap((field) =>
    listed(field).map(([index, item]): Patch => {
      const [target, path] = [at(item, ['target']), at(item, ['path'])];
      return {
        path: [field, index],
        target: isRecord(target) ? target : undefined,
        file: typeof path === 'string' ? uriOf(path) : undefined,
        content: inText(at(item, ['patch'])),
      };
    }),
  );
  const merged = listed('patchesStrategicMerge').map(([index, text]): Patch => {
    const isInline = typeof text === 'string' && text.includes('\n');
    const file = typeof text === 'string' && !isInline ? uriOf(text) : undefined;
    const content = isInline ? inText(text) : undefined;
    return { path: ['patchesStrategicMerge', index], target: undefined, file, content };
  });
  return [...targeted, ...merged];
}

/** Whether a target's field, a regular expression for the whole, has the text; true where it says nothing. */
export function isTargeted(target: Value, field: string, text: string): boolean {
  const pattern = target[field];
  if (typeof pattern !== 'string' || pattern === '') return true;
  try {
    return goPattern(`^(?:${pattern})$`).test(text);
  } catch {
    // It is told where it stands that it is none.
    return true;
  }
}

/** Puts into the object what it lacks and patches give it; what it has stays. */
export function fillFromPatches(object: KubeObject, patches: readonly AppliedPatch[]): void {
  const { kind } = object;
  const { name = '' } = object.metadata;
  for (const { target, content } of patches) {
    const isMeant =
      target !== undefined && isTargeted(target, 'kind', kind) && isTargeted(target, 'name', name);
    if (target !== undefined && !isMeant) continue;
    for (const part of content.objects) {
      if (isMeant || isPartOf(part, kind, name)) fillMap(object as unknown as Members, part);
    }
    if (!isMeant) continue;
    for (const operation of content.operations) fillAt(object as unknown as Members, operation);
  }
}

/** Names may have been given a prefix on the way. */
function isPartOf(part: Value, kind: string, name: string): boolean {
  const given = at(part, ['metadata', 'name']);
  return part.kind === kind && typeof given === 'string' && given.includes(name);
}

type Members = Record<string, unknown>;

/** As in structure.ts: a YAML alias can make a value that contains itself. */
const maxDepth = 250;

function fillMap(to: Members, from: Value, depth = 0): void {
  if (depth > maxDepth) return;
  for (const [key, value] of Object.entries(from)) {
    if (/^\$|^__proto__$/.test(key) || value === null || value === undefined) continue;
    const own = Object.hasOwn(to, key) ? to[key] : undefined;
    if (own === undefined || own === null) to[key] = withoutDirectives(value);
    else if (isRecord(own) && isRecord(value)) fillMap(own, value, depth + 1);
    else if (Array.isArray(own) && Array.isArray(value)) fillList(own, value, depth + 1);
  }
}

/** A copy without what a patch says of itself: `$patch: delete` and the like. */
function withoutDirectives(value: unknown, depth = 0): unknown {
  if (depth > maxDepth) return undefined;
  if (Array.isArray(value)) return value.map((item) => withoutDirectives(item, depth + 1));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([key]) => !key.startsWith('$'));
  return Object.fromEntries(
    entries.map(([key, member]) => [key, withoutDirectives(member, depth + 1)]),
  );
}

/** Fields by which items of lists are told apart. */
const mergeKeys = ['name', 'containerPort', 'port', 'mountPath', 'devicePath', 'ip', 'topologyKey'];

/** Items that are not there come last: the others keep their places. */
function fillList(to: unknown[], from: readonly unknown[], depth: number): void {
  for (const item of from) {
    const key = mergeKeys.find((each) => at(item, [each]) !== undefined);
    if (!isRecord(item) || key === undefined || '$patch' in item) continue;
    const own = to.find((each) => at(each, [key]) === item[key]);
    if (isRecord(own)) fillMap(own, item, depth);
    else if (own === undefined) to.push(withoutDirectives(item));
  }
}

function fillAt(to: Members, { op, pointer, value }: Operation): void {
  if ((op !== 'add' && op !== 'replace') || value === undefined || value === null) return;
  const steps = pointer.split('/').slice(1).map(unescaped);
  const last = steps.pop();
  let holder: unknown = to;
  for (const step of steps)
    holder = Array.isArray(holder) ? holder[Number(step)] : at(holder, [step]);
  if (last === undefined || last === '__proto__') return;
  if (Array.isArray(holder) && last === '-') holder.push(withoutDirectives(value));
  else if (isRecord(holder) && (holder[last] === undefined || holder[last] === null)) {
    (holder as Members)[last] = withoutDirectives(value);
  }
}

function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
