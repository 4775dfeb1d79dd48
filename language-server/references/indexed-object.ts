/**
 * An object of the workspace. Its values are kept; its tree is not, so a position in it, other than
 * that of its name, is found by reading its part of the file again when someone goes there.
 */
import type { Range } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Path } from '../../runtime/api/structure-problem.ts';
import {
  gvkOf,
  nameOf,
  namespaceOf,
  type PlacedPart,
  type Resource,
  readManifestInSteps,
} from '../routing/manifest-file.ts';
import { keyRange, valueRange } from '../routing/ranges.ts';
import { finish, type Steps } from '../slices.ts';
import { type Facts, factsOf } from './facts.ts';
import type { Reference } from './fields.ts';

export interface Place {
  readonly uri: string;
  readonly range: Range;
}

export class IndexedObject implements Place {
  readonly uri: string;
  readonly group: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly value: Readonly<Record<string, unknown>>;
  /** In the part of the file that it is in, as all places here. */
  readonly #nameAt: [start: number, end: number];
  readonly #start: number;
  readonly #text: string;
  /** Where the part is. */
  #base: number;
  #file: { readonly document: TextDocument };

  /** Undefined for what has no kind or no name, and so cannot be named by others. */
  static of(
    resource: Resource,
    { part }: PlacedPart,
    file: { readonly document: TextDocument },
    uri: string,
  ): IndexedObject | undefined {
    const gvk = gvkOf(resource);
    const name = nameOf(resource);
    if (gvk === undefined || name === undefined) return undefined;
    return new IndexedObject(resource, { ...gvk, name, uri }, part.text, file);
  }

  /** The text around it has changed, it has not. */
  moveTo(base: number, file: { readonly document: TextDocument }): void {
    this.#base = base;
    this.#file = file;
  }

  private constructor(
    resource: Resource,
    { group, kind, name, uri }: { group: string; kind: string; name: string; uri: string },
    text: string,
    file: { readonly document: TextDocument },
  ) {
    this.uri = uri;
    this.group = group;
    this.apiVersion = resource.apiVersion ?? '';
    this.kind = kind;
    this.name = name;
    this.namespace = namespaceOf(resource);
    this.value = resource.value;
    const [start, end] = valueRange(resource, ['metadata', 'name']);
    this.#nameAt = [start - resource.base, end - resource.base];
    this.#start = resource.start - resource.base;
    this.#text = text;
    this.#base = resource.base;
    this.#file = file;
  }

  get #facts(): Facts {
    return factsOf(this.kind, this.value);
  }

  get references(): readonly Reference[] {
    return this.#facts.references;
  }

  get podLabels(): Readonly<Record<string, string>> | undefined {
    return this.#facts.podLabels;
  }

  /** Keys of a ConfigMap or Secret. */
  get keys(): readonly string[] {
    return [...this.#facts.keys.keys()];
  }

  hasKey(key: string): boolean {
    return this.#facts.keys.has(key);
  }

  /** Of its first character in the file. */
  get offset(): number {
    return this.#base + this.#start;
  }

  /** Where its name stands. */
  get range(): Range {
    return this.#toRange(this.#nameAt);
  }

  /** Where a field's value stands. */
  rangeOf(path: Path): Range {
    return finish(this.rangeInSteps(path));
  }

  /** As `rangeOf`, bit by bit: the part may be as long as the file. */
  *rangeInSteps(path: Path): Steps<Range> {
    const resource = yield* this.#readAgain();
    return resource === undefined ? this.range : this.#toRange(valueRange(resource, path));
  }

  /** Where a key of a ConfigMap or Secret stands. */
  rangeOfKey(key: string): Range | undefined {
    const field = this.#facts.keys.get(key);
    const resource = field === undefined ? undefined : finish(this.#readAgain());
    if (field === undefined || resource === undefined) return undefined;
    return this.#toRange(keyRange(resource, [field, key]));
  }

  /** The object with its tree, and the text of its file, so that it can be changed. */
  read(): { resource: Resource; document: TextDocument } | undefined {
    const found = finish(this.#readAgain());
    if (found === undefined) return undefined;
    const base = this.#base;
    const resource = { ...found, base, start: found.start + base, end: found.end + base };
    return { resource, document: this.#file.document };
  }

  /** Its part of the file alone. */
  *#readAgain(): Steps<Resource | undefined> {
    const known = lastRead?.text === this.#text ? lastRead.resources.deref() : undefined;
    const resources = known ?? (yield* resourcesIn(this.#text));
    lastRead = { text: this.#text, resources: new WeakRef(resources) };
    return resources.get(this.#start);
  }

  #toRange([start, end]: [number, number]): Range {
    const { document } = this.#file;
    const base = this.#base;
    return { start: document.positionAt(base + start), end: document.positionAt(base + end) };
  }
}

/** The part that was read last, for as long as there is memory: each object of a list asks for the same. */
let lastRead:
  | { readonly text: string; readonly resources: WeakRef<ReadonlyMap<number, Resource>> }
  | undefined;

/** By where each begins. */
function* resourcesIn(text: string): Steps<ReadonlyMap<number, Resource>> {
  const { resources } = yield* readManifestInSteps(text);
  return new Map(resources.map((resource) => [resource.start, resource]));
}
