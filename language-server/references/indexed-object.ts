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
  readonly #nameAt: [start: number, end: number];
  readonly #start: number;
  readonly #part: { start: number; text: string };
  readonly #file: { readonly document: TextDocument };

  /** Undefined for what has no kind or no name, and so cannot be named by others. */
  static of(
    resource: Resource,
    { start, part }: PlacedPart,
    file: { readonly document: TextDocument },
    uri: string,
  ): IndexedObject | undefined {
    const gvk = gvkOf(resource);
    const name = nameOf(resource);
    if (gvk === undefined || name === undefined) return undefined;
    return new IndexedObject(resource, { ...gvk, name, uri }, { start, text: part.text }, file);
  }

  private constructor(
    resource: Resource,
    { group, kind, name, uri }: { group: string; kind: string; name: string; uri: string },
    part: { start: number; text: string },
    file: { readonly document: TextDocument },
  ) {
    this.uri = uri;
    this.group = group;
    this.apiVersion = resource.apiVersion ?? '';
    this.kind = kind;
    this.name = name;
    this.namespace = namespaceOf(resource);
    this.value = resource.value;
    this.#nameAt = valueRange(resource, ['metadata', 'name']);
    this.#start = resource.start;
    this.#part = part;
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
    const resource = this.#readAgain();
    return resource && { resource, document: this.#file.document };
  }

  #readAgain(): Resource | undefined {
    const { start, text } = this.#part;
    const found = readManifestFile(text).resources.find(
      (each) => each.start + start === this.#start,
    );
    if (found === undefined) return undefined;
    const { base, end } = found;
    return { ...found, base: base + start, start: this.#start, end: end + start };
  }

  #toRange([start, end]: [number, number]): Range {
    const { document } = this.#file;
    return { start: document.positionAt(start), end: document.positionAt(end) };
  }
}
