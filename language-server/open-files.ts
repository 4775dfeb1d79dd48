/**
 * Reads the documents that are open in the editor, each version once however many ask for it, and
 * only those parts whose text has changed. Long ones are read in slices; a version that somebody
 * has typed over is given up, and what was read of it is kept for the next.
 */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Schema } from '../runtime/api/schema.ts';
import type { OpenFile } from './providers/open-file.ts';
import {
  fileOfPartsInSteps,
  type ManifestPart,
  type PlacedPart,
  partsOf,
  readPartInSteps,
} from './routing/manifest-file.ts';
import { splitParts } from './routing/parts.ts';
import { tooLong } from './routing/too-long.ts';
import { Cancelled, createSlices, finishInSlices } from './slices.ts';

export interface OpenFilesOptions {
  readonly documents: { get(uri: string): TextDocument | undefined };
  schemaOf(uri: string): Schema | undefined;
  /** Called after each part of a file that is being read, with all that were read so far. */
  partRead(document: TextDocument, parts: readonly PlacedPart[], isLast: boolean): void;
}

interface Read {
  readonly version: number;
  readonly file: OpenFile;
}

interface Reading {
  readonly version: number;
  readonly result: Promise<OpenFile>;
}

export class OpenFiles {
  readonly #options: OpenFilesOptions;
  readonly #read = new Map<string, Read>();
  readonly #reading = new Map<string, Reading>();
  /** By URI, what was read so far of versions that were given up. */
  readonly #parts = new Map<string, Map<string, ManifestPart>>();

  constructor(options: OpenFilesOptions) {
    this.#options = options;
  }

  /** The document as it is now, if it has been read. */
  known({ uri, version }: TextDocument): OpenFile | undefined {
    const known = this.#read.get(uri);
    return known?.version === version ? known.file : undefined;
  }

  /** The document as it is now; rejects with `Cancelled` when it is typed in or closed before. */
  read(document: TextDocument): Promise<OpenFile> {
    const known = this.known(document);
    if (known !== undefined) return Promise.resolve(known);
    const { uri, version } = document;
    const current = this.#reading.get(uri);
    if (current?.version === version) return current.result;
    const result = this.#readSlowly(document).finally(() => {
      if (this.#reading.get(uri)?.result === result) this.#reading.delete(uri);
    });
    this.#reading.set(uri, { version, result });
    return result;
  }

  /** The document is closed. */
  forget(uri: string): void {
    this.#read.delete(uri);
    this.#parts.delete(uri);
  }

  async #readSlowly(document: TextDocument): Promise<OpenFile> {
    const { uri, version } = document;
    // The editor's documents change in place, so the text is taken now.
    const text = document.getText();
    const isCancelled = () => this.#options.documents.get(uri)?.version !== version;
    const pause = createSlices({ isCancelled });
    const before = this.#read.get(uri);
    const known = this.#parts.get(uri) ?? new Map<string, ManifestPart>();
    if (before !== undefined)
      for (const [key, part] of partsOf(before.file.manifest)) known.set(key, part);
    this.#parts.set(uri, known);
    const parts: PlacedPart[] = [];
    const long = tooLong(text);
    const texts = long === undefined ? splitParts(text) : [];
    for (const { start, text: own } of texts) {
      const part = known.get(own) ?? (await finishInSlices(readPartInSteps(own), pause));
      known.set(own, part);
      parts.push({ start, part });
      this.#options.partRead(document, parts, parts.length === texts.length);
      await pause();
    }
    const { schemaOf } = this.#options;
    const manifest = long ?? (await finishInSlices(fileOfPartsInSteps(text, parts), pause));
    if (isCancelled()) throw new Cancelled();
    const file: OpenFile = {
      document,
      manifest,
      get schema() {
        return schemaOf(uri);
      },
    };
    this.#read.set(uri, { version, file });
    this.#parts.delete(uri);
    return file;
  }
}
