/**
 * Keeps the diagnostics of open documents up to date. What did not change is not read or checked
 * again; a long file is read in slices; while someone types, the check waits the longer the more it
 * costs.
 */
import type { Diagnostic } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Clock } from '../runtime/api/clock.ts';
import type { Checker } from './checker.ts';
import { diagnosticsOf } from './providers/diagnostics.ts';
import { type OpenFile, openFile } from './providers/open-file.ts';
import {
  fileOfParts,
  type ManifestPart,
  type PlacedPart,
  partsOf,
  readPart,
} from './routing/manifest-file.ts';
import { splitParts } from './routing/parts.ts';
import { checkResource } from './rules/check.ts';
import type { Problem } from './rules/problem.ts';
import type { Settings } from './settings.ts';
import { createSlices } from './slices.ts';

/** After a key, before the check: this long at least, and at most. */
const shortestWaitMs = 10;
const longestWaitMs = 200;
/** A file that takes longer to read than this has its first findings shown meanwhile. */
const firstFindingsMs = 60;
/** What one file says bears on the others, but they are not where the eyes are. */
const othersWaitMs = 300;

export interface DiagnoserOptions {
  readonly checker: Checker;
  readonly clock: Clock;
  readonly documents: { get(uri: string): TextDocument | undefined; all(): TextDocument[] };
  settings(): Settings;
  /** More to say about a document than the rules do. */
  more(document: TextDocument): Diagnostic[];
  send(uri: string, diagnostics: Diagnostic[], version?: number): void;
  logError(message: string): void;
}

interface State {
  file: OpenFile;
  version: number;
  /** Cancels the check that waits. */
  cancel?: () => void;
  checkMs: number;
  /** What was sent last. */
  sent?: string;
}

export class Diagnoser {
  readonly #options: DiagnoserOptions;
  readonly #states = new Map<string, State>();
  /** What was read so far of files that are being opened: someone may type in them meanwhile. */
  readonly #opening = new Map<string, Map<string, ManifestPart>>();
  #cancelOthers: (() => void) | undefined;

  constructor(options: DiagnoserOptions) {
    this.#options = options;
  }

  readonly #schemaOf = (uri: string) => this.#options.checker.schemaOf(uri);

  /** The document as it is now, read once a version. */
  fileOf(document: TextDocument): OpenFile {
    const known = this.#states.get(document.uri);
    if (known?.version === document.version) return known.file;
    const file = openFile(document, known && partsOf(known.file.manifest), this.#schemaOf);
    this.#states.set(document.uri, { checkMs: 0, ...known, version: document.version, file });
    return file;
  }

  /** A document was opened or typed in. */
  changed(document: TextDocument): void {
    const state = this.#states.get(document.uri);
    if (state === undefined) {
      this.#opened(document).catch((error) => this.#options.logError(String(error)));
      return;
    }
    state.cancel?.();
    const waitMs = Math.min(longestWaitMs, Math.max(shortestWaitMs, state.checkMs));
    state.cancel = this.#options.clock.after(waitMs, () => this.#take(document));
    this.#cancelOthers?.();
    this.#cancelOthers = this.#options.clock.after(othersWaitMs, () =>
      this.checkOthers(document.uri),
    );
  }

  closed(uri: string): void {
    this.#states.get(uri)?.cancel?.();
    this.#states.delete(uri);
    this.#opening.delete(uri);
    this.#options.send(uri, []);
  }

  /** All open documents, once what makes them worth another look has calmed down. */
  checkSoon(): void {
    this.#cancelOthers?.();
    this.#cancelOthers = this.#options.clock.after(othersWaitMs, () => this.checkAll());
  }

  checkAll(): void {
    this.checkOthers(undefined);
  }

  /** All open documents but one. */
  checkOthers(except: string | undefined): void {
    for (const { uri } of this.#options.documents.all()) {
      // One that is still being read is checked when that is done.
      if (uri !== except && this.#states.get(uri)?.sent !== undefined) this.check(uri);
    }
  }

  /**
   * Reads and checks a long file in slices. Where someone types in it meanwhile, or closes it, what
   * comes of that does the rest.
   */
  async #opened(document: TextDocument): Promise<void> {
    const { uri } = document;
    const pause = createSlices();
    const isStale = () => this.#options.documents.get(uri)?.version !== document.version;
    const known = await this.#readSlowly(document, pause, isStale);
    if (isStale()) return;
    this.#opening.delete(uri);
    const before = this.#states.get(uri);
    const file =
      before?.version === document.version
        ? before.file
        : openFile(document, known, this.#schemaOf);
    this.#states.set(uri, { checkMs: 0, ...before, version: document.version, file });
    await pause();
    this.#index(document);
    await pause();
    const context = this.#options.checker.contextFor(uri, this.#options.settings());
    const cross: Problem[] = [];
    for (const resource of context === undefined ? [] : file.manifest.resources) {
      if (context === undefined || isStale()) break;
      checkResource(resource, context);
      cross.push(...(context.cross?.({ ...file.manifest, resources: [resource] }) ?? []));
      await pause();
    }
    if (!isStale()) this.#check(uri, cross);
  }

  /** The first findings are shown while the rest of a long file is still being read. */
  async #readSlowly(
    document: TextDocument,
    pause: () => Promise<void>,
    isStale: () => boolean,
  ): Promise<Map<string, ManifestPart>> {
    const { uri } = document;
    const parts: PlacedPart[] = [];
    const known = this.#opening.get(uri) ?? new Map<string, ManifestPart>();
    this.#opening.set(uri, known);
    const begun = performance.now();
    let shown = false;
    const texts = splitParts(document.getText());
    for (const { start, text } of texts) {
      const part = known.get(text) ?? readPart(text);
      known.set(text, part);
      parts.push({ start, part });
      await pause();
      if (isStale()) break;
      if (shown || performance.now() - begun < firstFindingsMs) continue;
      shown = true;
      if (parts.length < texts.length) this.#showFirst(document, parts);
    }
    return known;
  }

  /** Only what is wrong with objects by themselves: what they refer to may be further down. */
  #showFirst(document: TextDocument, parts: readonly PlacedPart[]): void {
    const { checker, send, settings } = this.#options;
    const context = checker.contextFor(document.uri, settings());
    if (context === undefined || this.#states.get(document.uri)?.sent !== undefined) return;
    const manifest = fileOfParts(document.getText(), parts);
    const { cross: _, ...alone } = context;
    send(document.uri, diagnosticsOf({ document, manifest }, alone), document.version);
  }

  #index(document: TextDocument): void {
    const read = () => this.fileOf(document).manifest;
    this.#options.checker.index(document.uri, document.getText(), read);
  }

  /** Indexes the document as it is now and checks it. */
  #take(document: TextDocument): void {
    const begun = performance.now();
    this.#index(document);
    this.check(document.uri);
    const state = this.#states.get(document.uri);
    if (state === undefined) return;
    const tookMs = performance.now() - begun;
    // One check that had to wait for the processor says little of the next.
    state.checkMs = Math.min(tookMs, state.checkMs * 2 + shortestWaitMs);
  }

  check(uri: string): void {
    this.#check(uri);
  }

  /** @param cross what is wrong with the objects together, where that is known already */
  #check(uri: string, cross?: Problem[]): void {
    const { checker, documents, logError, more, send, settings } = this.#options;
    const document = documents.get(uri);
    if (document === undefined) return;
    const full = checker.contextFor(uri, settings());
    const context = full && (cross === undefined ? full : { ...full, cross: () => cross });
    try {
      const file = this.fileOf(document);
      const found = context === undefined ? [] : diagnosticsOf(file, context);
      const diagnostics = [...found, ...more(document)];
      const state = this.#states.get(uri);
      const saying = `${document.version} ${JSON.stringify(diagnostics)}`;
      if (state === undefined || state.sent === saying) return;
      state.sent = saying;
      send(uri, diagnostics, document.version);
    } catch (error) {
      // A rule that fails must not take the others' findings in other files with it.
      logError(`checking ${uri}: ${error}`);
    }
  }
}
