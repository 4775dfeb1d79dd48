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
  readManifestFile,
} from '../routing/manifest-file.ts';
import { keyRange, valueRange } from '../routing/ranges.ts';
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
    const resource = this.#readAgain();
    return resource === undefined ? this.range : this.#toRange(valueRange(resource, path));
  }

  /** Where a key of a ConfigMap or Secret stands. */
  rangeOfKey(key: string): Range | undefined {
    const field = this.#facts.keys.get(key);
    const resource = field === undefined ? undefined : this.#readAgain();
    if (field === undefined || resource === undefined) return undefined;
    return this.#toRange(keyRange(resource, [field, key]));
  }

  /** The object with its tree, and the text of its file, so that it can be changed. */
  read(): { resource: Resource; document: TextDocument } | undefined {
    const found = this.#readAgain();
    if (found === undefined) return undefined;
    const base = this.#base;
    const resource = { ...found, base, start: found.start + base, end: found.end + base };
    return { resource, document: this.#file.document };
  }

  /** Its part of the file alone. */
  #readAgain(): Resource | undefined {
    return readManifestFile(this.#text).resources.find(({ start }) => start === this.#start);
  }

  #toRange([start, end]: [number, number]): Range {
    const { document } = this.#file;
    const base = this.#base;
    return { start: document.positionAt(base + start), end: document.positionAt(base + end) };
  }
}
