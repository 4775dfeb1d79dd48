/**
 * What a kustomization names and is not there: files, folders, and the objects that its patches are for.
 * https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
 */
import { fileURLToPath } from 'node:url';
import type { Path } from '../../runtime/api/structure-problem.ts';
import type { Files } from '../files.ts';
import { at } from '../references/fields.ts';
import { isTargeted, type Patch } from '../references/patches.ts';
import type { Workspace } from '../references/workspace.ts';
import type { ManifestFile, Resource } from '../routing/manifest-file.ts';
import { valueRange } from '../routing/ranges.ts';
import { closeWord } from './finding.ts';
import { type Problem, replaceFix, type Severity } from './problem.ts';

export interface KustomizationSurroundings {
  readonly workspace: Workspace;
  readonly files: Pick<Files, 'exists' | 'list'>;
}

/** Of the file's kustomization, beyond its shape. */
export function kustomizationProblems(
  file: ManifestFile,
  uri: string,
  { workspace, files }: KustomizationSurroundings,
): Problem[] {
  return file.resources.flatMap((resource) => [
    ...entriesOf(resource).flatMap((entry) => entryProblems(entry, resource, uri, files)),
    ...repeated(resource),
    ...(workspace.kustomization(uri)?.patches ?? []).flatMap((patch) =>
      patchProblems(patch, resource, uri, workspace),
    ),
  ]);
}

/** A file or folder that is named. */
interface Entry {
  readonly path: Path;
  /** As it is written. */
  readonly text: string;
  /** The part of it that says where. */
  readonly name: string;
  readonly wanted: 'file' | 'folder' | 'either';
  /** What is not kept with the sources is there only when it is built. */
  readonly severity: Severity;
}

const lists: readonly (readonly [field: string, wanted: Entry['wanted']])[] = [
  ['resources', 'either'],
  ['bases', 'folder'],
  ['components', 'folder'],
  ['patchesStrategicMerge', 'file'],
  ['configurations', 'file'],
  ['crds', 'file'],
];
const listsOfPaths = ['patches', 'patchesJson6902', 'replacements'];
const generators = ['configMapGenerator', 'secretGenerator'];

function entriesOf({ value }: Resource): Entry[] {
  const entries: Entry[] = [];
  const add = (
    path: Path,
    wanted: Entry['wanted'],
    severity: Severity = 'error',
    nameOf = (text: string) => text,
  ) => {
    const text = at(value, path);
    if (typeof text !== 'string' || text === '' || text.includes('\n')) return;
    entries.push({ path, text, name: nameOf(text), wanted, severity });
  };
  const each = (path: Path) => {
    const list = at(value, path);
    return Array.isArray(list) ? [...list.keys()].map((index) => [...path, index]) : [];
  };
  for (const [field, wanted] of lists) for (const path of each([field])) add(path, wanted);
  for (const field of listsOfPaths)
    for (const item of each([field])) add([...item, 'path'], 'file');
  for (const field of generators) {
    const severity = field === 'secretGenerator' ? 'information' : 'error';
    for (const item of each([field])) {
      for (const path of each([...item, 'files'])) add(path, 'file', severity, fileOfKey);
      for (const path of each([...item, 'envs'])) add(path, 'file', 'information');
      add([...item, 'env'], 'file', 'information');
    }
  }
  return entries;
}

/** Of `key=path`. */
function fileOfKey(text: string): string {
  return text.slice(text.indexOf('=') + 1);
}

/** URLs and the short ways to write them: `github.com/org/repo//path?ref=v1`, `git@host:repo`. */
function isRemote(name: string): boolean {
  if (/:\/\/|^git@|^git::|[?&]ref=|\.git(?:\/|$)|\$\{|\{\{/.test(name)) return true;
  return /^[\w-]+(\.[\w-]+)*\.(com|org|net|io|dev|cloud|de|cn)[/:]/.test(name);
}

const kustomizationNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

function entryProblems(
  { path, name, wanted, severity }: Entry,
  resource: Resource,
  uri: string,
  files: KustomizationSurroundings['files'],
): Problem[] {
  const found = isRemote(name) ? undefined : onDisk(name, uri);
  if (found === undefined) return [];
  const [start, end] = valueRange(resource, path);
  const problem = (message: string, more: Partial<Problem> = {}): Problem[] => [
    { rule: 'dangling-reference', severity, message, start, end, ...more },
  ];
  const target = found.replace(/\/$/, '');
  if (!files.exists(target)) {
    const near = nearestOnDisk(target, files);
    const written = near === undefined ? undefined : withLast(name, near);
    const what = wanted === 'either' ? 'file or folder' : wanted;
    const meant = written === undefined ? '' : `; did you mean "${written}"?`;
    const text = `There is no ${what} "${name}"${meant}`;
    const prefix = String(at(resource.value, path)).slice(0, -name.length);
    const fix = written === undefined ? {} : { fix: replaceFix(`${prefix}${written}`, start, end) };
    return problem(text, fix);
  }
  if (wanted === 'file') return [];
  if (kustomizationNames.includes(target.slice(target.lastIndexOf('/') + 1))) {
    const folder = name.slice(0, Math.max(0, name.lastIndexOf('/'))) || '.';
    return problem(`A kustomization is taken in by its folder: "${folder}"`, {
      fix: replaceFix(folder, start, end),
    });
  }
  const inside = files.list(target);
  const isFolder = inside.length > 0;
  if (isFolder && !inside.some((each) => kustomizationNames.includes(each))) {
    return problem(`The folder "${name}" has no kustomization.yaml`);
  }
  return [];
}

/** Undefined for what is no file of this machine. */
function onDisk(name: string, uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    const encoded = name.split('/').map(encodeURIComponent).join('/');
    return fileURLToPath(new URL(encoded, uri));
  } catch {
    return undefined;
  }
}

/** A file of nearly that name in the same folder. */
function nearestOnDisk(
  target: string,
  files: KustomizationSurroundings['files'],
): string | undefined {
  const slash = target.lastIndexOf('/');
  const others = files.list(target.slice(0, slash));
  const name = target.slice(slash + 1);
  return closeWord(name, others) ?? others.find((other) => stemOf(other) === stemOf(name));
}

function stemOf(name: string): string {
  return name.replace(/\.(ya?ml|json)$/i, '');
}

function withLast(name: string, last: string): string {
  const end = name.replace(/\/$/, '');
  return `${end.slice(0, end.lastIndexOf('/') + 1)}${last}`;
}

/** The same file twice: its objects would be there twice, which kustomize refuses. */
function repeated(resource: Resource): Problem[] {
  const list = at(resource.value, ['resources']);
  const seen = new Set<string>();
  return (Array.isArray(list) ? list : []).flatMap((text, index): Problem[] => {
    if (typeof text !== 'string') return [];
    const name = text.replace(/^(\.\/)+/, '').replace(/\/$/, '');
    const isNew = !seen.has(name);
    seen.add(name);
    if (isNew) return [];
    const [start, end] = valueRange(resource, ['resources', index]);
    const message = `"${text}" is taken in above already; kustomize refuses objects that come twice`;
    return [{ rule: 'duplicate-object', severity: 'error', message, start, end }];
  });
}

/** Whom a patch is for and nobody is. */
function patchProblems(
  patch: Patch,
  resource: Resource,
  uri: string,
  workspace: Workspace,
): Problem[] {
  const { target, path } = patch;
  const applied = workspace.applied(patch);
  const names = workspace.patchable(uri);
  if (names === undefined) return [];
  const warn = (where: Path, message: string): Problem => {
    const [start, end] = valueRange(resource, where);
    return { rule: 'dangling-reference', severity: 'warning', message, start, end };
  };
  if (target !== undefined) {
    const isMeant = [...names].some(
      ([kind, known]) =>
        isTargeted(target, 'kind', kind) &&
        [...known].some((name) => isTargeted(target, 'name', name)),
    );
    if (isMeant) return [];
    const field = ['name', 'kind'].find((each) => typeof target[each] === 'string');
    const kinds = String(target.kind ?? 'object');
    const text = `No resource matches the target: ${none(kinds, target.name, names)}`;
    return [warn([...path, 'target', ...(field === undefined ? [] : [field])], text)];
  }
  return (applied?.content.objects ?? []).flatMap((part) => {
    const { kind } = part;
    const name = at(part, ['metadata', 'name']);
    if (typeof kind !== 'string' || typeof name !== 'string') return [];
    if (names.get(kind)?.has(name) === true) return [];
    const where = at(resource.value, [...path, 'path']) === undefined ? path : [...path, 'path'];
    return [warn(where, `No resource matches the patch: ${none(kind, name, names)}`)];
  });
}

function none(
  kind: string,
  name: unknown,
  names: ReadonlyMap<string, ReadonlySet<string>>,
): string {
  const called = typeof name === 'string' ? ` "${name}"` : '';
  const near =
    typeof name === 'string'
      ? closeWord(name, names.get(kind) ?? [])
      : closeWord(kind, names.keys());
  const meant = near === undefined ? '' : `; did you mean "${near}"?`;
  return `there is no ${kind}${called} in what this kustomization takes in${meant}`;
}
