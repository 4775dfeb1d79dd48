/**
 * What kustomizations do to the files that they take in: which are patches, which objects are made,
 * which labels are put into selectors and pods. Overlays take in folders that take in others:
 *
 *     overlay/kustomization.yaml   labels: env=prod   takes in ../base
 *     base/kustomization.yaml      labels: app=web    takes in deployment.yaml
 *     base/deployment.yaml         is built with app=web, env=prod
 */
import { at, labelsAt } from './fields.ts';

/** Labels that are put into objects when they are built. */
export interface AddedLabels {
  /** Into selectors, by which Services and workloads select pods. */
  readonly selectors: Readonly<Record<string, string>>;
  /** Into the pods that workloads make. */
  readonly pods: Readonly<Record<string, string>>;
}

export interface Kustomization {
  /** URIs of the files that it uses as patches. */
  readonly patches: readonly string[];
  /** Names of the ConfigMaps and Secrets that it makes itself. */
  readonly generated: readonly string[];
  /** URIs of files, and of folders without a slash at the end, whose objects it takes in. */
  readonly takesIn: readonly string[];
  /** The same of folders whose kustomization changes what this one has taken in. */
  readonly components: readonly string[];
  readonly added: AddedLabels;
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

  /** Says whether anything has changed. */
  set(uri: string, kustomization: Kustomization | undefined): boolean {
    if (kustomization === undefined && !this.#all.has(uri)) return false;
    if (kustomization === undefined) this.#all.delete(uri);
    else this.#all.set(uri, kustomization);
    this.#memberOf = undefined;
    this.#labels = new Map();
    return true;
  }

  isPatch(uri: string): boolean {
    return [...this.#all.values()].some(({ patches }) => patches.includes(uri));
  }

  isGenerated(name: string): boolean {
    return [...this.#all.values()].some(({ generated }) => generated.includes(name));
  }

  /** What all that take in the file add to its objects; the same value until one of them changes. */
  labelsFor(uri: string): AddedLabels | undefined {
    if (this.#all.size === 0) return undefined;
    if (!this.#labels.has(uri)) this.#labels.set(uri, this.#collect(uri));
    return this.#labels.get(uri);
  }

  #collect(uri: string): AddedLabels | undefined {
    this.#memberOf ??= this.#readMembers();
    const members = this.#memberOf;
    const seen = new Set<string>();
    const added: AddedLabels[] = [];
    const queue = [...(members.get(uri) ?? [])];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const kustomization = this.#all.get(next);
      if (seen.has(next) || kustomization === undefined) continue;
      seen.add(next);
      added.push(kustomization.added);
      // A component works on what its user has taken in, and so does what it takes in itself.
      queue.push(...kustomization.components.flatMap((folder) => this.#inFolder(folder)));
      queue.push(...(members.get(folderOf(next)) ?? []));
    }
    const selectors = Object.assign({}, ...added.map((each) => each.selectors));
    const pods = Object.assign({}, ...added.map((each) => each.pods));
    return Object.keys(pods).length === 0 ? undefined : { selectors, pods };
  }

  #inFolder(folder: string): string[] {
    return [...this.#all.keys()].filter((uri) => folderOf(uri) === folder);
  }

  /** By what is taken in, those that do. */
  #readMembers(): Map<string, string[]> {
    const members = new Map<string, string[]>();
    for (const [uri, { takesIn, components }] of this.#all) {
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
  values: readonly Readonly<Record<string, unknown>>[],
  uri: string,
): Kustomization | undefined {
  const value = values.find(({ kind }) => kind === 'Kustomization' || isKustomizationUri(uri));
  if (value === undefined) return undefined;
  const urisOf = (paths: readonly string[]) =>
    paths
      .filter((path) => !path.includes('\n') && URL.canParse(path, uri))
      .map((path) => new URL(path, uri).href.replace(/\/$/, ''));
  const own = (item: unknown) => item;
  const pathOf = (item: unknown) => at(item, ['path']);
  const generators = [value.configMapGenerator, value.secretGenerator];
  return {
    patches: urisOf([
      ...textsOf(value.patchesStrategicMerge, own),
      ...textsOf(value.patches, pathOf),
      ...textsOf(value.patchesJson6902, pathOf),
    ]),
    generated: generators.flatMap((list) => textsOf(list, (item) => at(item, ['name']))),
    takesIn: urisOf([...textsOf(value.resources, own), ...textsOf(value.bases, own)]),
    components: urisOf(textsOf(value.components, own)),
    added: addedBy(value),
  };
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
