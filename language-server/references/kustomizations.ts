/**
 * What kustomizations do to the files that they take in: which are patches, which objects are made,
 * which labels are put into selectors and pods. Overlays take in folders that take in others:
 *
 *     overlay/kustomization.yaml   labels: env=prod   takes in ../base
 *     base/kustomization.yaml      labels: app=web    takes in deployment.yaml
 *     base/deployment.yaml         is built with app=web, env=prod
 */
import type { Path } from '../../runtime/api/structure-problem.ts';
import type { Resource } from '../routing/manifest-file.ts';
import { valueRange } from '../routing/ranges.ts';
import { at, labelsAt } from './fields.ts';
import { type Patch, patchesOf } from './patches.ts';

/** Labels that are put into objects when they are built. */
export interface AddedLabels {
  /** Into selectors, by which Services and workloads select pods. */
  readonly selectors: Readonly<Record<string, string>>;
  /** Into the pods that workloads make. */
  readonly pods: Readonly<Record<string, string>>;
}

/** Where something stands in the kustomization's file. */
export type Span = readonly [start: number, end: number];

/** A ConfigMap or Secret that a kustomization makes. */
export interface Generated {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly nameAt: Span;
  readonly keys: readonly GeneratedKey[];
  /** There may be more keys: out of files of variables, or of what it is merged with. */
  readonly open: boolean;
}

export interface GeneratedKey {
  readonly name: string;
  readonly at: Span;
  /** URI of the file that the value is read from. */
  readonly file?: string;
}

export interface Kustomization {
  readonly patches: readonly Patch[];
  readonly generated: readonly Generated[];
  /** URIs of files, and of folders without a slash at the end, whose objects it takes in. */
  readonly takesIn: readonly string[];
  /** The same of folders whose kustomization changes what this one has taken in. */
  readonly components: readonly string[];
  readonly added: AddedLabels;
  /** Tags or digests that it gives images, by the images' names. */
  readonly images: ReadonlyMap<string, string>;
  /** What names get before and after them. */
  readonly affixes: readonly [prefix: string, suffix: string];
  /** Its objects may be others than those of the files: charts, plugins. */
  readonly open: boolean;
  /** Its patches are for what its users take in. */
  readonly component: boolean;
}

/** What a kustomization takes in: a file, or what it makes itself. */
export interface Taken {
  readonly file?: string;
  readonly generated?: readonly Generated[];
  /** From the inside to the outside. */
  readonly affixes: readonly (readonly [prefix: string, suffix: string])[];
}

const fileName = /\/(kustomization\.ya?ml|Kustomization)$/;

export function isKustomizationUri(uri: string): boolean {
  return fileName.test(uri);
}

export class Kustomizations {
  readonly #all = new Map<string, Kustomization>();
  /** What was worked out of them, until one of them changes. */
  #memberOf: Map<string, string[]> | undefined;
  #labels = new Map<string, AddedLabels | undefined>();
  #users = new Map<string, readonly Kustomization[]>();

  /** Says whether anything has changed. */
  set(uri: string, kustomization: Kustomization | undefined): boolean {
    if (kustomization === undefined && !this.#all.has(uri)) return false;
    if (kustomization === undefined) this.#all.delete(uri);
    else this.#all.set(uri, kustomization);
    this.#memberOf = undefined;
    this.#labels = new Map();
    this.#users = new Map();
    return true;
  }

  isPatch(uri: string): boolean {
    return [...this.#all.values()].some(({ patches }) => patches.some(({ file }) => file === uri));
  }

  /** Of all that take in the file. */
  patchesOn(uri: string): readonly Patch[] {
    return this.#all.size === 0 ? [] : this.#usersOf(uri).flatMap(({ patches }) => patches);
  }

  /**
   * The files that one takes in, through others, too, and the names that its objects may go by;
   * undefined if not all of them are known.
   * @param isKnown whether there is a file whose objects are known
   */
  taken(uri: string, isKnown: (file: string) => boolean): Taken[] | undefined {
    const taken: Taken[] = [];
    return this.#take(uri, isKnown, taken, new Set()) ? taken : undefined;
  }

  #take(
    uri: string,
    isKnown: (file: string) => boolean,
    taken: Taken[],
    seen: Set<string>,
  ): boolean {
    const one = this.#all.get(uri);
    if (one === undefined || one.open || seen.has(uri)) return false;
    seen.add(uri);
    const own: Taken[] = [{ generated: one.generated, affixes: [] }];
    const all = [...one.takesIn, ...one.components].every((member) => {
      const [inside] = this.#inFolder(member);
      if (inside !== undefined) return this.#take(inside, isKnown, own, seen);
      own.push({ file: member, affixes: [] });
      return isKnown(member);
    });
    for (const each of own) taken.push({ ...each, affixes: [...each.affixes, one.affixes] });
    return all;
  }

  /** Those that have it as a component. */
  usersOfComponent(uri: string): string[] {
    const folder = folderOf(uri);
    return this.#inOrder().flatMap(([user, { components }]) =>
      components.includes(folder) ? [user] : [],
    );
  }

  /** All that are made, each with the URI of its kustomization, in the order of these. */
  *generated(): Generator<Generated & { readonly uri: string }> {
    for (const [uri, { generated }] of this.#inOrder()) {
      for (const each of generated) yield { ...each, uri };
    }
  }

  /** What all that take in the file add to its objects; the same value until one of them changes. */
  labelsFor(uri: string): AddedLabels | undefined {
    if (this.#all.size === 0) return undefined;
    if (!this.#labels.has(uri)) this.#labels.set(uri, this.#collect(uri));
    return this.#labels.get(uri);
  }

  /** Whether one that takes in the file says which version of the image is meant. */
  isVersioned(uri: string, image: string): boolean {
    if (this.#all.size === 0) return false;
    return this.#usersOf(uri).some(({ images }) => (images.get(image) ?? 'latest') !== 'latest');
  }

  #collect(uri: string): AddedLabels | undefined {
    const added = this.#usersOf(uri).map((each) => each.added);
    const selectors = Object.assign({}, ...added.map((each) => each.selectors));
    const pods = Object.assign({}, ...added.map((each) => each.pods));
    return Object.keys(pods).length === 0 ? undefined : { selectors, pods };
  }

  /** All that take in the file, and those that take in these. */
  #usersOf(uri: string): readonly Kustomization[] {
    const known = this.#users.get(uri);
    if (known !== undefined) return known;
    this.#memberOf ??= this.#readMembers();
    const members = this.#memberOf;
    const seen = new Set<string>();
    const users: Kustomization[] = [];
    const queue = [...(members.get(uri) ?? [])];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const kustomization = this.#all.get(next);
      if (seen.has(next) || kustomization === undefined) continue;
      seen.add(next);
      users.push(kustomization);
      // A component works on what its user has taken in, and so does what it takes in itself.
      queue.push(...kustomization.components.flatMap((folder) => this.#inFolder(folder)));
      queue.push(...(members.get(folderOf(next)) ?? []));
    }
    this.#users.set(uri, users);
    return users;
  }

  #inFolder(folder: string): string[] {
    return [...this.#all.keys()].filter((uri) => folderOf(uri) === folder).sort();
  }

  /** By their URIs, whenever each was read. */
  #inOrder(): [string, Kustomization][] {
    return [...this.#all].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** By what is taken in, those that do. */
  #readMembers(): Map<string, string[]> {
    const members = new Map<string, string[]>();
    for (const [uri, { takesIn, components }] of this.#inOrder()) {
      for (const member of [...takesIn, ...components]) {
        members.set(member, [...(members.get(member) ?? []), uri]);
      }
    }
    return members;
  }
}

function folderOf(uri: string): string {
  return uri.slice(0, uri.lastIndexOf('/'));
}

/** The one in the file, if there is one; its name decides, for apiVersion and kind may be left out. */
export function kustomizationOf(
  resources: readonly Resource[],
  uri: string,
): Kustomization | undefined {
  const resource = resources.find(
    ({ value }) => value.kind === 'Kustomization' || isKustomizationUri(uri),
  );
  if (resource === undefined) return undefined;
  const { value } = resource;
  const urisOf = (paths: readonly string[]) =>
    paths
      .filter((path) => !path.includes('\n') && URL.canParse(path, uri))
      .map((path) => new URL(path, uri).href.replace(/\/$/, ''));
  const own = (item: unknown) => item;
  const affix = (text: unknown) => (typeof text === 'string' ? text : '');
  return {
    patches: patchesOf(resource, (path) => urisOf([path])[0]),
    generated: [
      ...generatedBy(resource, 'configMapGenerator', 'ConfigMap', uri),
      ...generatedBy(resource, 'secretGenerator', 'Secret', uri),
    ],
    takesIn: urisOf([...textsOf(value.resources, own), ...textsOf(value.bases, own)]),
    components: urisOf(textsOf(value.components, own)),
    added: addedBy(value),
    images: imagesOf(value),
    affixes: [affix(value.namePrefix), affix(value.nameSuffix)],
    component: value.kind === 'Component',
    open: generating.some((field) => value[field] !== undefined),
  };
}

/** Fields by which objects are made, or change their names, in ways that are not followed. */
const generating = [
  'generators',
  'transformers',
  'helmCharts',
  'helmChartInflationGenerator',
  'replacements',
];

function generatedBy(
  resource: Resource,
  field: string,
  kind: Generated['kind'],
  uri: string,
): Generated[] {
  const items = at(resource.value, [field]);
  return (Array.isArray(items) ? items : []).flatMap((item, index): Generated[] => {
    const name = at(item, ['name']);
    if (typeof name !== 'string') return [];
    const path = [field, index];
    const has = (other: string) => at(item, [other]) !== undefined;
    const keys = [
      ...entriesOf(item, 'literals', resource, path).map(({ text, span }) => ({
        name: text.slice(0, Math.max(0, text.indexOf('='))),
        at: span,
      })),
      ...entriesOf(item, 'files', resource, path).map(({ text, span }) => fileKey(text, span, uri)),
    ];
    return [
      {
        kind,
        name,
        nameAt: valueRange(resource, [...path, 'name']),
        keys,
        // One without any is being written.
        open: keys.length === 0 || has('env') || has('envs') || has('behavior'),
      },
    ];
  });
}

function entriesOf(
  item: unknown,
  field: string,
  resource: Resource,
  path: Path,
): { text: string; span: Span }[] {
  const list = at(item, [field]);
  return (Array.isArray(list) ? list : []).flatMap((text, index) =>
    typeof text === 'string' ? { text, span: valueRange(resource, [...path, field, index]) } : [],
  );
}

/** `path/to/file`, whose key is its name, or `key=path`. */
function fileKey(text: string, span: Span, uri: string): GeneratedKey {
  const [first = '', ...rest] = text.split('=');
  const path = rest.length === 0 ? first : rest.join('=');
  const name = rest.length === 0 ? path.slice(path.lastIndexOf('/') + 1) : first;
  const file = URL.canParse(path, uri) ? new URL(path, uri).href : undefined;
  return { name, at: span, ...(file === undefined ? {} : { file }) };
}

function imagesOf(value: Readonly<Record<string, unknown>>): Map<string, string> {
  const images = new Map<string, string>();
  for (const item of Array.isArray(value.images) ? value.images : []) {
    const name = at(item, ['name']);
    const version = at(item, ['digest']) ?? at(item, ['newTag']);
    if (typeof name !== 'string' || version === undefined || version === '') continue;
    images.set(name, String(version));
  }
  return images;
}

/** Of `commonLabels`, and of `labels` that say so. */
function addedBy(value: Readonly<Record<string, unknown>>): AddedLabels {
  const common = labelsAt(value, ['commonLabels']) ?? {};
  const selectors = { ...common };
  const pods = { ...common };
  for (const item of Array.isArray(value.labels) ? value.labels : []) {
    const pairs = labelsAt(item, ['pairs']) ?? {};
    const intoSelectors = at(item, ['includeSelectors']) === true;
    if (intoSelectors) Object.assign(selectors, pairs);
    if (intoSelectors || at(item, ['includeTemplates']) === true) Object.assign(pods, pairs);
  }
  return { selectors, pods };
}

function textsOf(list: unknown, text: (item: unknown) => unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.map(text).filter((each): each is string => typeof each === 'string');
}
