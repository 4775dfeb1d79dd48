/**
 * What the workspace's files define and refer to. One entry a file, replaced as a whole when the
 * file changes; the indexes change by what came and went, so that a keystroke costs as little in a
 * workspace of thousands of files as in one of ten.
 */
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type LabelSelector, matchesLabels } from '../../runtime/api/selector.ts';
import { customKindsOf } from '../protocol/custom-kinds.ts';
import type { CustomKind } from '../protocol/messages.ts';
import type { ManifestFile, Resource } from '../routing/manifest-file.ts';
import { finish, type Steps } from '../slices.ts';
import { labelsAt, type Reference } from './fields.ts';
import { IndexedObject, type Place } from './indexed-object.ts';
import {
  type AddedLabels,
  type Generated,
  type GeneratedKey,
  type Kustomization,
  Kustomizations,
  kustomizationOf,
  type Span,
  type Taken,
} from './kustomizations.ts';
import { Lookups } from './lookups.ts';
import { MultiMap } from './multi-map.ts';
import { type AppliedPatch, type Patch, type PatchContent, patchContentOf } from './patches.ts';

/** So many places are told of at once while others are still looked for. */
const toldAtOnce = 50;
/** So many objects come or go in one step. */
const objectsInStep = 20;

/** What is known of a file; made by `prepare`, and nothing to others before `commit`. */
export interface Entry {
  /** By their values, which are the same for as long as their text is; the tree is not kept. */
  readonly objects: ReadonlyMap<object, IndexedObject>;
  readonly customKinds: readonly CustomKind[];
  readonly kustomization: Kustomization | undefined;
  /** What it would change if it were used as a patch. */
  readonly patch: PatchContent;
  /** There is no more in it than was read. */
  readonly whole: boolean;
  /** Where each object is, and in which text. */
  readonly places: ReadonlyMap<IndexedObject, number>;
  readonly file: { readonly document: TextDocument };
}

/** A ConfigMap or Secret that a kustomization makes, with where it says so. */
export interface GeneratedObject extends Generated {
  place(): Place;
  placeOf(key: GeneratedKey): Place;
}

export interface Named {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
}

export class Workspace {
  readonly #entries = new Map<string, Entry>();
  readonly #present = new Map<string, Set<IndexedObject>>();
  readonly #kustomizations = new Kustomizations();
  readonly #customKinds = new Map<string, readonly CustomKind[]>();
  readonly #byName = new MultiMap<IndexedObject>();
  readonly #byKind = new MultiMap<IndexedObject>();
  readonly #byReference = new MultiMap<IndexedObject>();
  /** What makes pods, by each label of the pods as `key=value`, and by `key` alone. */
  readonly #byPodLabel = new MultiMap<IndexedObject>();
  readonly #workloads = new Set<IndexedObject>();
  readonly #patches = new Map<string, readonly AppliedPatch[]>();
  /** What others have looked for here. */
  readonly #lookups: Lookups;

  constructor(lookups = new Lookups()) {
    this.#lookups = lookups;
  }

  /** Takes in a file in place of what was known of it. Says whether custom kinds may have changed. */
  update(uri: string, file: ManifestFile): boolean {
    return finish(this.commit(uri, finish(this.prepare(uri, file))));
  }

  /** Reads what the file says, bit by bit; nobody sees that before it is committed. */
  prepare(uri: string, file: ManifestFile): Steps<Entry> {
    return readEntry(file, uri, this.#entries.get(uri)?.objects);
  }

  /**
   * As `update`, of a file that has been prepared, bit by bit. First comes what is new, so that a name
   * that stays is there all the time. If the file is taken in once more meanwhile, that goes on from
   * here and this ends.
   */
  *commit(uri: string, entry: Entry): Steps<boolean> {
    const present = this.#presentOf(uri);
    this.#entries.set(uri, entry);
    this.#lookups.changed(`file/${uri}`);
    const isOvertaken = () => this.#entries.get(uri) !== entry;
    for (const [object, base] of entry.places) object.moveTo(base, entry.file);
    let done = 0;
    for (const object of entry.objects.values()) {
      if (present.has(object)) continue;
      present.add(object);
      this.#add(object);
      done += 1;
      if (done % objectsInStep === 0) yield;
      if (isOvertaken()) return false;
    }
    const kept = new Set(entry.objects.values());
    for (const object of present) {
      if (kept.has(object)) continue;
      present.delete(object);
      this.#delete(object);
      done += 1;
      if (done % objectsInStep === 0) yield;
      if (isOvertaken()) return false;
    }
    this.#setKustomization(uri, entry.kustomization);
    const known = this.#customKinds.get(uri) ?? [];
    if (entry.customKinds.length === 0) return this.#customKinds.delete(uri);
    this.#customKinds.set(uri, entry.customKinds);
    return (
      known.length !== entry.customKinds.length ||
      entry.customKinds.some((kind, index) => kind !== known[index])
    );
  }

  /** The objects of the file that can be found here. */
  #presentOf(uri: string): Set<IndexedObject> {
    const known = this.#present.get(uri) ?? new Set();
    this.#present.set(uri, known);
    return known;
  }

  remove(uri: string): boolean {
    this.#entries.delete(uri);
    this.#lookups.changed(`file/${uri}`);
    for (const object of this.#present.get(uri) ?? []) this.#delete(object);
    this.#present.delete(uri);
    this.#setKustomization(uri, undefined);
    return this.#customKinds.delete(uri);
  }

  #setKustomization(uri: string, kustomization: Kustomization | undefined): void {
    if (this.#kustomizations.set(uri, kustomization)) this.#lookups.changed('kustomizations');
  }

  #add(object: IndexedObject): void {
    const isNew = !this.#hasName(object);
    this.#byName.add(`${object.kind}/${object.name}`, object);
    this.#byKind.add(object.kind, object);
    for (const { kind, name } of object.references) {
      this.#byReference.add(`${kind}/${name}`, object);
    }
    if (object.podLabels !== undefined) this.#workloads.add(object);
    for (const label of labelKeys(object)) this.#byPodLabel.add(label, object);
    this.#changed(object, isNew);
  }

  #delete(object: IndexedObject): void {
    this.#byName.delete(`${object.kind}/${object.name}`, object);
    this.#byKind.delete(object.kind, object);
    for (const { kind, name } of object.references) {
      this.#byReference.delete(`${kind}/${name}`, object);
    }
    this.#workloads.delete(object);
    for (const label of labelKeys(object)) this.#byPodLabel.delete(label, object);
    this.#changed(object, !this.#hasName(object));
  }

  #hasName({ kind, name, namespace }: IndexedObject): boolean {
    const isIn = (object: IndexedObject) => object.namespace === namespace;
    return this.#byName.some(`${kind}/${name}`, isIn);
  }

  /** @param names whether a name has come or gone with it */
  #changed(object: IndexedObject, names: boolean): void {
    const lookups = this.#lookups;
    lookups.changed(`name/${object.kind}/${object.name}`);
    lookups.changed(`kind/${object.kind}`);
    if (names) lookups.changed(`names/${object.kind}`);
    for (const { kind, name } of object.references) lookups.changed(`references/${kind}/${name}`);
    if (object.podLabels !== undefined) lookups.changed('workloads');
    for (const label of labelKeys(object)) lookups.changed(`label/${label}`);
  }

  /** In the order of the files' URIs, not of time: which of two definitions counts stays the same. */
  customKinds(): CustomKind[] {
    const files = [...this.#customKinds].sort(([a], [b]) => (a < b ? -1 : 1));
    return files.flatMap(([, kinds]) => kinds);
  }

  /** Of the files that something is known of. */
  uris(): IterableIterator<string> {
    return this.#entries.keys();
  }

  *objects(): Generator<IndexedObject> {
    for (const entry of this.#entries.values()) yield* entry.objects.values();
  }

  /** Objects of a kind, whatever their group; all, or those wanted. */
  ofKind(kind: string, isWanted: (object: IndexedObject) => boolean = () => true): IndexedObject[] {
    this.#lookups.looked(`kind/${kind}`);
    return inOrder(this.#byKind.get(kind).filter(isWanted));
  }

  /** Objects that make pods; all in reach, or those wanted. */
  workloads(
    namespace: string | undefined,
    isWanted: (object: IndexedObject) => boolean = () => true,
  ): IndexedObject[] {
    this.#lookups.looked('workloads');
    return inOrder(
      [...this.#workloads].filter(
        (object) => sameNamespace(object.namespace, namespace) && isWanted(object),
      ),
    );
  }

  /** Those whose pods the selector selects; `labels` are the pairs that it asks for. */
  selected(
    selector: LabelSelector,
    labels: Readonly<Record<string, string>>,
    namespace: string | undefined,
  ): IndexedObject[] {
    const [first] = Object.entries(labels);
    const label = first?.join('=');
    this.#lookups.looked(label === undefined ? 'workloads' : `label/${label}`);
    const candidates = label === undefined ? [...this.#workloads] : this.#byPodLabel.get(label);
    return inOrder(
      candidates.filter(
        (object) =>
          sameNamespace(object.namespace, namespace) && matchesLabels(selector, object.podLabels),
      ),
    );
  }

  /** Those whose pods have a label of that key, whatever its value. */
  withPodLabel(key: string, namespace: string | undefined): IndexedObject[] {
    this.#lookups.looked(`label/${key}`);
    const found = this.#byPodLabel.get(key);
    return inOrder(found.filter((object) => sameNamespace(object.namespace, namespace)));
  }

  /** Objects of a kind and name that a reference from `namespace` can mean. */
  find(kind: string, name: string, namespace: string | undefined): IndexedObject[] {
    this.#lookups.looked(`name/${kind}/${name}`);
    const found = this.#byName.get(`${kind}/${name}`);
    return inOrder(found.filter((object) => sameNamespace(object.namespace, namespace)));
  }

  /** All names of a kind within reach of `namespace`. */
  names(kind: string, namespace: string | undefined): string[] {
    this.#lookups.looked(`names/${kind}`);
    const found = this.#byKind
      .get(kind)
      .filter((object) => sameNamespace(object.namespace, namespace));
    return [...new Set(found.map(({ name }) => name))].sort();
  }

  /** Everything that refers to the object, with where it says so. */
  referencesTo(target: Named): Place[] {
    return finish(this.referencesInSteps(target));
  }

  /**
   * As `referencesTo`; one after the other, for each is found by reading its object again.
   * @param found told of some at a time, in place of the result, which then has the last ones only
   */
  *referencesInSteps(target: Named, found?: (places: Place[]) => void): Steps<Place[]> {
    let places: Place[] = [];
    for (const { object, reference } of this.referring(target)) {
      places.push({ uri: object.uri, range: yield* object.rangeInSteps(reference.path) });
      if (found !== undefined && places.length >= toldAtOnce) {
        found(places);
        places = [];
      }
      yield;
    }
    return places;
  }

  /** The references to the object, with the objects that have them. */
  referring(target: Named): { object: IndexedObject; reference: Reference }[] {
    this.#lookups.looked(`references/${target.kind}/${target.name}`);
    return inOrder(this.#byReference.get(`${target.kind}/${target.name}`)).flatMap((object) =>
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
    return this.#kustomizations.isPatch(uri);
  }

  /** Patches for objects of the file; the same value until one of them changes. */
  patchesFor(uri: string): readonly AppliedPatch[] | undefined {
    const found = this.#kustomizations.patchesOn(uri).flatMap((patch) => this.applied(patch) ?? []);
    const known = this.#patches.get(uri);
    const isSame =
      known?.length === found.length &&
      known.every(({ target, content }, index) => {
        return target === found[index]?.target && content === found[index]?.content;
      });
    if (isSame) return known;
    if (found.length === 0) this.#patches.delete(uri);
    else this.#patches.set(uri, found);
    return this.#patches.get(uri);
  }

  /** The patch with what is in it; undefined if that is not known. */
  applied({ target, file, content }: Patch): AppliedPatch | undefined {
    if (file !== undefined) this.#lookups.looked(`file/${file}`);
    const known = content ?? this.#entries.get(file ?? '')?.patch;
    return known === undefined ? undefined : { target, content: known };
  }

  /** What the kustomization is. */
  kustomization(uri: string): Kustomization | undefined {
    return this.#entries.get(uri)?.kustomization;
  }

  /** By kind, the names of all objects that patches of the kustomization may be for; undefined if not all are known. */
  patchable(uri: string): ReadonlyMap<string, ReadonlySet<string>> | undefined {
    this.#lookups.looked('kustomizations');
    const isKnown = (file: string) => {
      this.#lookups.looked(`file/${file}`);
      return this.#entries.get(file)?.whole === true;
    };
    const names = new Map<string, Set<string>>();
    const users = this.#kustomizations.usersOfComponent(uri);
    if (users.length === 0 && this.kustomization(uri)?.component === true) return undefined;
    for (const each of [uri, ...users]) {
      const taken = this.#kustomizations.taken(each, isKnown);
      if (taken === undefined) return undefined;
      for (const part of taken) {
        const objects = part.file === undefined ? [] : this.#entries.get(part.file)?.objects;
        for (const { kind, name } of [...(objects?.values() ?? []), ...(part.generated ?? [])]) {
          const known = names.get(kind) ?? new Set();
          names.set(kind, known);
          for (const alias of aliasesOf(name, part.affixes)) known.add(alias);
        }
      }
    }
    return names;
  }

  /** ConfigMaps or Secrets that kustomizations make; of one name, or all. */
  generated(kind: string, name?: string): GeneratedObject[] {
    this.#lookups.looked('kustomizations');
    const found: GeneratedObject[] = [];
    for (const each of this.#kustomizations.generated()) {
      if (each.kind !== kind || (name !== undefined && each.name !== name)) continue;
      const entry = this.#entries.get(each.uri);
      const placeOf = ([start, end]: Span): Place => {
        const document = entry?.file.document;
        const from = document?.positionAt(start) ?? { line: 0, character: 0 };
        return { uri: each.uri, range: { start: from, end: document?.positionAt(end) ?? from } };
      };
      found.push({ ...each, place: () => placeOf(each.nameAt), placeOf: ({ at }) => placeOf(at) });
    }
    return found;
  }

  /** The labels that kustomizations add to the file's objects; the same value until that changes. */
  labelsFor(uri: string): AddedLabels | undefined {
    this.#lookups.looked('kustomizations');
    return this.#kustomizations.labelsFor(uri);
  }

  /** Whether a kustomization that takes in the file says which version of the image is meant. */
  isVersioned(uri: string, image: string): boolean {
    this.#lookups.looked('kustomizations');
    return this.#kustomizations.isVersioned(uri, image);
  }
}

/** What it is called at first, and after each of the kustomizations. */
function aliasesOf(name: string, affixes: Taken['affixes']): string[] {
  const names = [name];
  for (const [prefix, suffix] of affixes) names.push(`${prefix}${names.at(-1)}${suffix}`);
  return names;
}

/** By file and place, whenever each was read: what is said of them is the same each time. */
function inOrder(objects: IndexedObject[]): IndexedObject[] {
  return objects.sort((a, b) => (a.uri === b.uri ? a.offset - b.offset : a.uri < b.uri ? -1 : 1));
}

/** Overlays set namespaces later, so one that is not given may be any. */
export function sameNamespace(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}

/** Of the pods that it makes: `key`, for whoever asks for any value, and `key=value`. */
function* labelKeys({ podLabels = {} }: IndexedObject): Generator<string> {
  for (const [key, value] of Object.entries(podLabels)) {
    yield key;
    yield `${key}=${value}`;
  }
}

/** @param known objects of the file as it was; those that are in it still are the same ones */
function* readEntry(
  manifest: ManifestFile,
  uri: string,
  known: ReadonlyMap<object, IndexedObject> = new Map(),
): Steps<Entry> {
  const values = manifest.resources.map(({ value }) => value);
  const file = lazyDocument(uri, manifest.text);
  const parts = new Map(manifest.parts.map((part) => [part.start, part]));
  const objects = new Map<object, IndexedObject>();
  const places = new Map<IndexedObject, number>();
  const objectOf = (resource: Resource): IndexedObject | undefined => {
    const part = parts.get(resource.base);
    const object = part && IndexedObject.of(resource, part, file, uri);
    // Worked out here, where there is time, and not when it is committed.
    void object?.references;
    return object;
  };
  for (const resource of manifest.resources) {
    const object = known.get(resource.value) ?? objectOf(resource);
    // Of two parts with the same text one is enough.
    if (object !== undefined && !objects.has(resource.value)) {
      objects.set(resource.value, object);
      places.set(object, resource.base);
    }
    yield;
  }
  const customKinds: CustomKind[] = [];
  for (const value of values) {
    if (value.kind !== 'CustomResourceDefinition') continue;
    customKinds.push(...kindsOnce(value));
    yield;
  }
  return {
    objects,
    customKinds,
    kustomization: kustomizationOf(manifest.resources, uri),
    patch: patchContentOf(manifest),
    whole: manifest.problems.length === 0 && !manifest.template,
    places,
    file,
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

/** The labels that a Service selects pods by, if it does. */
export function serviceSelectorOf(value: unknown): Record<string, string> | undefined {
  const selector = labelsAt(value, ['spec', 'selector']);
  return selector === undefined || Object.keys(selector).length === 0 ? undefined : selector;
}
