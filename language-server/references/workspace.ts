/**
 * What the workspace's files define and refer to. One entry a file, replaced as a whole when the
 * file changes; the indexes change by what came and went, so that a keystroke costs as little in a
 * workspace of thousands of files as in one of ten.
 */
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type LabelSelector, matchesLabels } from '../../runtime/api/selector.ts';
import { customKindsOf } from '../protocol/custom-kinds.ts';
import type { CustomKind } from '../protocol/messages.ts';
import type { ManifestFile, ParsedResource } from '../routing/manifest-file.ts';
import { at, labelsAt, type Reference } from './fields.ts';
import { IndexedObject, type Place } from './indexed-object.ts';
import { MultiMap } from './multi-map.ts';

interface Entry {
  /** By what was read of them: that is the same for as long as their text is. */
  readonly objects: ReadonlyMap<ParsedResource, IndexedObject>;
  readonly customKinds: readonly CustomKind[];
  readonly kustomization: Kustomization | undefined;
}

interface Kustomization {
  /** URIs of the files that it uses as patches. */
  readonly patches: readonly string[];
  /** Names of the ConfigMaps and Secrets that it makes itself. */
  readonly generated: readonly string[];
}

export interface Named {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
}

export class Workspace {
  readonly #entries = new Map<string, Entry>();
  readonly #kustomizations = new Map<string, Kustomization>();
  readonly #customKinds = new Map<string, readonly CustomKind[]>();
  readonly #byName = new MultiMap<IndexedObject>();
  readonly #byKind = new MultiMap<IndexedObject>();
  readonly #byReference = new MultiMap<IndexedObject>();
  /** What makes pods, by each label of the pods as `key=value`, and by `key` alone. */
  readonly #byPodLabel = new MultiMap<IndexedObject>();
  readonly #workloads = new Set<IndexedObject>();

  /** Takes in a file in place of what was known of it. Says whether custom kinds may have changed. */
  update(uri: string, file: ManifestFile): boolean {
    const before = this.#entries.get(uri);
    const entry = readEntry(file, uri, before?.objects);
    this.#entries.set(uri, entry);
    for (const [parsed, object] of before?.objects ?? []) {
      if (!entry.objects.has(parsed)) this.#delete(object);
    }
    for (const [parsed, object] of entry.objects) {
      if (before?.objects.has(parsed) !== true) this.#add(object);
    }
    if (entry.kustomization === undefined) this.#kustomizations.delete(uri);
    else this.#kustomizations.set(uri, entry.kustomization);
    if (entry.customKinds.length === 0) return this.#customKinds.delete(uri);
    this.#customKinds.set(uri, entry.customKinds);
    const known = before?.customKinds ?? [];
    return (
      known.length !== entry.customKinds.length ||
      entry.customKinds.some((kind, index) => kind !== known[index])
    );
  }

  remove(uri: string): boolean {
    for (const object of this.#entries.get(uri)?.objects.values() ?? []) this.#delete(object);
    this.#entries.delete(uri);
    this.#kustomizations.delete(uri);
    return this.#customKinds.delete(uri);
  }

  #add(object: IndexedObject): void {
    this.#byName.add(`${object.kind}/${object.name}`, object);
    this.#byKind.add(object.kind, object);
    for (const { kind, name } of object.references) {
      this.#byReference.add(`${kind}/${name}`, object);
    }
    if (object.podLabels !== undefined) this.#workloads.add(object);
    for (const [key, value] of Object.entries(object.podLabels ?? {})) {
      this.#byPodLabel.add(key, object);
      this.#byPodLabel.add(`${key}=${value}`, object);
    }
  }

  #delete(object: IndexedObject): void {
    this.#byName.delete(`${object.kind}/${object.name}`, object);
    this.#byKind.delete(object.kind, object);
    for (const { kind, name } of object.references) {
      this.#byReference.delete(`${kind}/${name}`, object);
    }
    this.#workloads.delete(object);
    for (const [key, value] of Object.entries(object.podLabels ?? {})) {
      this.#byPodLabel.delete(key, object);
      this.#byPodLabel.delete(`${key}=${value}`, object);
    }
  }

  customKinds(): CustomKind[] {
    return [...this.#customKinds.values()].flat();
  }

  /** Of the files that something is known of. */
  uris(): IterableIterator<string> {
    return this.#entries.keys();
  }

  *objects(): Generator<IndexedObject> {
    for (const entry of this.#entries.values()) yield* entry.objects.values();
  }

  /** All objects of a kind, whatever their group. */
  ofKind(kind: string): readonly IndexedObject[] {
    return this.#byKind.get(kind);
  }

  /** Objects that make pods. */
  workloads(namespace: string | undefined): IndexedObject[] {
    return [...this.#workloads].filter((object) => sameNamespace(object.namespace, namespace));
  }

  /** Those whose pods the selector selects; `labels` are the pairs that it asks for. */
  selected(
    selector: LabelSelector,
    labels: Readonly<Record<string, string>>,
    namespace: string | undefined,
  ): IndexedObject[] {
    const [first] = Object.entries(labels);
    const candidates =
      first === undefined ? [...this.#workloads] : this.#byPodLabel.get(first.join('='));
    return candidates.filter(
      (object) =>
        sameNamespace(object.namespace, namespace) && matchesLabels(selector, object.podLabels),
    );
  }

  /** Those whose pods have a label of that key, whatever its value. */
  withPodLabel(key: string, namespace: string | undefined): IndexedObject[] {
    const found = this.#byPodLabel.get(key);
    return found.filter((object) => sameNamespace(object.namespace, namespace));
  }

  /** Objects of a kind and name that a reference from `namespace` can mean. */
  find(kind: string, name: string, namespace: string | undefined): IndexedObject[] {
    const found = this.#byName.get(`${kind}/${name}`);
    return found.filter((object) => sameNamespace(object.namespace, namespace));
  }

  /** All names of a kind within reach of `namespace`. */
  names(kind: string, namespace: string | undefined): string[] {
    const found = this.ofKind(kind).filter((object) => sameNamespace(object.namespace, namespace));
    return [...new Set(found.map(({ name }) => name))].sort();
  }

  /** Everything that refers to the object, with where it says so. */
  referencesTo(target: Named): Place[] {
    return this.referring(target).map(({ object, reference: { path } }) => ({
      uri: object.uri,
      range: object.rangeOf(path),
    }));
  }

  /** The references to the object, with the objects that have them. */
  referring(target: Named): { object: IndexedObject; reference: Reference }[] {
    return this.#byReference
      .get(`${target.kind}/${target.name}`)
      .flatMap((object) =>
        object.references
          .filter(
            ({ kind, name, namespace }) =>
              kind === target.kind &&
              name === target.name &&
              sameNamespace(namespace ?? object.namespace, target.namespace),
          )
          .map((reference) => ({ object, reference })),
      );
  }

  /** Whether a kustomization uses the file as a patch. */
  isPatch(uri: string): boolean {
    return [...this.#kustomizations.values()].some(({ patches }) => patches.includes(uri));
  }

  /** Whether a kustomization makes a ConfigMap or Secret of this name. */
  isGenerated(name: string): boolean {
    return [...this.#kustomizations.values()].some(({ generated }) => generated.includes(name));
  }
}

/** Overlays set namespaces later, so one that is not given may be any. */
export function sameNamespace(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}

/** @param known objects of the file as it was; those that are in it still are the same ones */
function readEntry(
  manifest: ManifestFile,
  uri: string,
  known: ReadonlyMap<ParsedResource, IndexedObject> = new Map(),
): Entry {
  const values = manifest.resources.map(({ value }) => value);
  const file = lazyDocument(uri, manifest.text);
  const parts = new Map(manifest.parts.map((part) => [part.start, part]));
  const objects = new Map<ParsedResource, IndexedObject>();
  for (const resource of manifest.resources) {
    const part = parts.get(resource.base);
    const before = known.get(resource.parsed);
    before?.moveTo(resource.base, file);
    const object = before ?? (part && IndexedObject.of(resource, part, file, uri));
    // Of two parts with the same text one is enough.
    if (object !== undefined && !objects.has(resource.parsed)) objects.set(resource.parsed, object);
  }
  return {
    objects,
    customKinds: values
      .filter(({ kind }) => kind === 'CustomResourceDefinition')
      .flatMap(kindsOnce),
    kustomization: kustomizationOf(values, uri),
  };
}

const readKinds = new WeakMap<object, readonly CustomKind[]>();

/** What a definition defines; the same kinds for as long as its text stays. */
function kindsOnce(value: Readonly<Record<string, unknown>>): readonly CustomKind[] {
  const kinds = readKinds.get(value) ?? customKindsOf(value);
  readKinds.set(value, kinds);
  return kinds;
}

/** Lines are counted when a position is first asked for. */
function lazyDocument(uri: string, text: string): { readonly document: TextDocument } {
  let document: TextDocument | undefined;
  return {
    get document() {
      document ??= TextDocument.create(uri, 'yaml', 0, text);
      return document;
    },
  };
}

/** kustomization.yaml may leave out apiVersion and kind, so its name decides. */
function kustomizationOf(
  values: readonly Readonly<Record<string, unknown>>[],
  uri: string,
): Kustomization | undefined {
  const kustomization = values.find(
    ({ kind }) => kind === 'Kustomization' || /\/kustomization\.ya?ml$/.test(uri),
  );
  if (kustomization === undefined) return undefined;
  const paths = [
    ...textsOf(kustomization.patchesStrategicMerge, (item) => item),
    ...textsOf(kustomization.patches, (item) => at(item, ['path'])),
    ...textsOf(kustomization.patchesJson6902, (item) => at(item, ['path'])),
  ];
  const generators = [kustomization.configMapGenerator, kustomization.secretGenerator];
  return {
    patches: paths
      .filter((path) => !path.includes('\n') && URL.canParse(path, uri))
      .map((path) => new URL(path, uri).href),
    generated: generators.flatMap((list) => textsOf(list, (item) => at(item, ['name']))),
  };
}

function textsOf(list: unknown, text: (item: unknown) => unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.map(text).filter((each): each is string => typeof each === 'string');
}

/** The labels that a Service selects pods by, if it does. */
export function serviceSelectorOf(value: unknown): Record<string, string> | undefined {
  const selector = labelsAt(value, ['spec', 'selector']);
  return selector === undefined || Object.keys(selector).length === 0 ? undefined : selector;
}
