/**
 * What the workspace's files define and refer to. One entry a file, replaced as a whole when the
 * file changes; look-ups go over an index by kind and name.
 */
import type { Range } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import {
  gvkOf,
  isRecord,
  type ManifestFile,
  nameOf,
  namespaceOf,
} from '../routing/manifest-file.ts';
import { keyRange, valueRange } from '../routing/ranges.ts';
import { type CustomKind, customKindsOf } from '../schemas/catalog.ts';
import { at, labelsAt, podLabelsOf, type Reference, referencesOf } from './fields.ts';

export interface Place {
  readonly uri: string;
  readonly range: Range;
}

export interface IndexedObject extends Place {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly value: Readonly<Record<string, unknown>>;
  /** Labels of the pods it makes, if it makes any. */
  readonly podLabels: Readonly<Record<string, string>> | undefined;
  readonly references: readonly (Reference & { readonly range: Range })[];
  /** Where a key of a ConfigMap or Secret stands. */
  readonly keys: ReadonlyMap<string, Range>;
}

interface Entry {
  readonly objects: readonly IndexedObject[];
  readonly customKinds: readonly CustomKind[];
  /** Paths of the patches that a kustomization names, and objects that it makes itself. */
  readonly patches: readonly string[];
  readonly generated: readonly string[];
}

export class Workspace {
  readonly #entries = new Map<string, Entry>();
  #byName: Map<string, IndexedObject[]> | undefined;

  /** Takes in a file in place of what was known of it. Says whether custom kinds may have changed. */
  update(uri: string, file: ManifestFile): boolean {
    const document = TextDocument.create(uri, 'yaml', 0, file.text);
    const before = this.#entries.get(uri);
    const entry = readEntry(file, document);
    this.#entries.set(uri, entry);
    this.#byName = undefined;
    return (before?.customKinds.length ?? 0) + entry.customKinds.length > 0;
  }

  remove(uri: string): boolean {
    const before = this.#entries.get(uri);
    this.#byName = undefined;
    return this.#entries.delete(uri) && (before?.customKinds.length ?? 0) > 0;
  }

  customKinds(): CustomKind[] {
    return [...this.#entries.values()].flatMap((entry) => entry.customKinds);
  }

  *objects(): Generator<IndexedObject> {
    for (const entry of this.#entries.values()) yield* entry.objects;
  }

  /** Objects of a kind and name that a reference from `namespace` can mean. */
  find(kind: string, name: string, namespace: string | undefined): IndexedObject[] {
    this.#byName ??= this.#index();
    const found = this.#byName.get(`${kind}/${name}`) ?? [];
    return found.filter((object) => sameNamespace(object.namespace, namespace));
  }

  #index(): Map<string, IndexedObject[]> {
    const index = new Map<string, IndexedObject[]>();
    for (const object of this.objects()) {
      const key = `${object.kind}/${object.name}`;
      const list = index.get(key);
      if (list === undefined) index.set(key, [object]);
      else list.push(object);
    }
    return index;
  }

  /** All names of a kind within reach of `namespace`. */
  names(kind: string, namespace: string | undefined): string[] {
    const names = new Set<string>();
    for (const object of this.objects()) {
      if (object.kind === kind && sameNamespace(object.namespace, namespace))
        names.add(object.name);
    }
    return [...names].sort();
  }

  /** Everything that refers to the object, with where it says so. */
  referencesTo(target: { kind: string; name: string; namespace: string | undefined }): Place[] {
    const places: Place[] = [];
    for (const { uri, namespace, references } of this.objects()) {
      for (const reference of references) {
        if (reference.kind !== target.kind || reference.name !== target.name) continue;
        if (!sameNamespace(reference.namespace ?? namespace, target.namespace)) continue;
        places.push({ uri, range: reference.range });
      }
    }
    return places;
  }

  /** Whether a kustomization uses the file as a patch. */
  isPatch(uri: string): boolean {
    return [...this.#entries.values()].some((entry) => entry.patches.includes(uri));
  }

  /** Whether a kustomization makes a ConfigMap or Secret of this name. */
  isGenerated(name: string): boolean {
    return [...this.#entries.values()].some((entry) => entry.generated.includes(name));
  }
}

/** Overlays set namespaces later, so one that is not given may be any. */
export function sameNamespace(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}

function readEntry(file: ManifestFile, document: TextDocument): Entry {
  const values = file.resources.map(({ value }) => value);
  return {
    objects: file.resources.flatMap((resource) => {
      const gvk = gvkOf(resource);
      const name = nameOf(resource);
      if (gvk === undefined || name === undefined) return [];
      const rangeOf = ([start, end]: [number, number]): Range => ({
        start: document.positionAt(start),
        end: document.positionAt(end),
      });
      const keys = new Map<string, Range>();
      for (const field of ['data', 'stringData', 'binaryData']) {
        for (const key of Object.keys(recordAt(resource.value, field))) {
          keys.set(key, rangeOf(keyRange(resource, [field, key])));
        }
      }
      return {
        uri: document.uri,
        range: rangeOf(valueRange(resource, ['metadata', 'name'])),
        group: gvk.group,
        kind: gvk.kind,
        name,
        namespace: namespaceOf(resource),
        value: resource.value,
        podLabels: podLabelsOf(gvk.kind, resource.value),
        references: referencesOf(gvk.kind, resource.value).map((reference) => ({
          ...reference,
          range: rangeOf(valueRange(resource, reference.path)),
        })),
        keys,
      };
    }),
    customKinds: values
      .filter(({ kind }) => kind === 'CustomResourceDefinition')
      .flatMap(customKindsOf),
    ...kustomizationOf(values, document.uri),
  };
}

/** kustomization.yaml may leave out apiVersion and kind, so its name decides. */
function kustomizationOf(
  values: readonly Readonly<Record<string, unknown>>[],
  uri: string,
): Pick<Entry, 'patches' | 'generated'> {
  const kustomization = values.find(
    ({ kind }) => kind === 'Kustomization' || /\/kustomization\.ya?ml$/.test(uri),
  );
  if (kustomization === undefined) return { patches: [], generated: [] };
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

function recordAt(value: unknown, field: string): Record<string, unknown> {
  const found = at(value, [field]);
  return isRecord(found) ? found : {};
}

/** The labels that a Service selects pods by, if it does. */
export function serviceSelectorOf(value: unknown): Record<string, string> | undefined {
  const selector = labelsAt(value, ['spec', 'selector']);
  return selector === undefined || Object.keys(selector).length === 0 ? undefined : selector;
}
