/**
 * Keeps the diagnostics of open documents up to date. What did not change is not read or checked
 * again; all is done in slices, and given up when somebody types; while someone types, the check
 * waits the longer the more it costs.
 */
import type { Diagnostic } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Clock } from '../runtime/api/clock.ts';
import type { Checker } from './checker.ts';
import { OpenFiles } from './open-files.ts';
import { diagnosticsInSteps } from './providers/diagnostics.ts';
import type { OpenFile } from './providers/open-file.ts';
import { fileOfPartsInSteps, type PlacedPart } from './routing/manifest-file.ts';
import type { Settings } from './settings.ts';
import { Cancelled, createSlices, finishInSlices } from './slices.ts';

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
  readonly openedAt: number;
  /** Cancels the check that waits. */
  cancel?: () => void;
  isChecking: boolean;
  /** Somebody wants another check after the one that is going on. */
  again: boolean;
  /** How long the last check took, in milliseconds. */
  checkMs: number;
  indexedVersion?: number;
  hasFirstFindings: boolean;
  /** What was sent last. */
  sent?: string;
}

export class Diagnoser {
  readonly #options: DiagnoserOptions;
  readonly #states = new Map<string, State>();
  readonly #files: OpenFiles;
  #cancelOthers: (() => void) | undefined;
  /** The file that is left out when the others are checked. */
  #except: string | undefined;

  constructor(options: DiagnoserOptions) {
    this.#options = options;
    this.#files = new OpenFiles({
      documents: options.documents,
      schemaOf: (uri) => options.checker.schemaOf(uri),
      partRead: (document, parts, isLast) => this.#partRead(document, parts, isLast),
    });
  }

  /** The document as it is now, if it has been read. */
  known(document: TextDocument): OpenFile | undefined {
    return this.#files.known(document);
  }

  /** The document as it is now; rejects with `Cancelled` when it is typed in or closed before. */
  read(document: TextDocument): Promise<OpenFile> {
    return this.#files.read(document);
  }

  /** A document was opened or typed in. */
  changed({ uri }: TextDocument): void {
    const state = this.#states.get(uri);
    if (state === undefined) {
      this.#states.set(uri, {
        openedAt: performance.now(),
        isChecking: false,
        again: false,
        checkMs: 0,
        hasFirstFindings: false,
      });
      this.check(uri);
      return;
    }
    state.cancel?.();
    const waitMs = Math.min(longestWaitMs, Math.max(shortestWaitMs, state.checkMs));
    state.cancel = this.#options.clock.after(waitMs, () => this.check(uri));
    this.#checkOthersSoon(uri);
  }

  /** If it is said of two files before the others are checked, each is one of the other's others. */
  #checkOthersSoon(of: string | undefined): void {
    const except = this.#cancelOthers === undefined || this.#except === of ? of : undefined;
    this.#cancelOthers?.();
    this.#except = except;
    this.#cancelOthers = this.#options.clock.after(othersWaitMs, () => {
      this.#cancelOthers = undefined;
      this.checkOthers(except);
    });
  }

  closed(uri: string): void {
    this.#states.get(uri)?.cancel?.();
    this.#states.delete(uri);
    this.#files.forget(uri);
    this.#options.send(uri, []);
  }

  /** All open documents, once what makes them worth another look has calmed down. */
  checkSoon(): void {
    this.#checkOthersSoon(undefined);
  }

  checkAll(): void {
    this.checkOthers(undefined);
  }

  /** All open documents but one. */
  checkOthers(except: string | undefined): void {
    for (const { uri } of this.#options.documents.all()) if (uri !== except) this.check(uri);
  }

  /** Begins to check the document as it is now, or will once the check that is going on ends. */
  check(uri: string): void {
    const state = this.#states.get(uri);
    if (state === undefined) return;
    state.again = true;
    if (!state.isChecking) void this.#checkWhileWanted(uri, state);
  }

  async #checkWhileWanted(uri: string, state: State): Promise<void> {
    state.isChecking = true;
    while (state.again && this.#states.get(uri) === state) {
      state.again = false;
      try {
        await this.#check(uri, state);
      } catch (error) {
        // A rule that fails must not take the others' findings in other files with it. Of a check
        // that was given up the next one takes care, which is on its way.
        if (!(error instanceof Cancelled)) {
          this.#options.logError(`checking ${uri}: ${error}`);
        }
      }
    }
    state.isChecking = false;
  }

  async #check(uri: string, state: State): Promise<void> {
    const { checker, documents, more, send, settings } = this.#options;
    const document = documents.get(uri);
    if (document === undefined) return;
    const { version } = document;
    const isCancelled = () =>
      this.#states.get(uri) !== state || documents.get(uri)?.version !== version;
    const pause = createSlices({ isCancelled });
    const begun = performance.now();
    const file = await this.#files.read(document);
    const text = file.manifest.text;
    if (state.indexedVersion !== version) {
      const steps = checker.indexInSteps(
        uri,
        text,
        () => file.manifest,
        () => !isCancelled(),
      );
      const { generation } = checker;
      try {
        await finishInSlices(steps, pause);
      } finally {
        // Others that have looked for it meanwhile, or before, look again.
        if (checker.generation !== generation) this.#checkOthersSoon(uri);
      }
      state.indexedVersion = version;
    }
    const context = checker.contextFor(uri, settings());
    const found =
      context === undefined ? [] : await finishInSlices(diagnosticsInSteps(file, context), pause);
    if (isCancelled()) return;
    const diagnostics = [...found, ...more(document)];
    const tookMs = performance.now() - begun;
    // One check that had to wait for the processor says little of the next.
    state.checkMs = Math.min(tookMs, state.checkMs * 2 + shortestWaitMs);
    const saying = `${version} ${JSON.stringify(diagnostics)}`;
    if (state.sent === saying) return;
    state.sent = saying;
    send(uri, diagnostics, version);
  }

  /**
   * The first findings are shown while the rest of a long file is still being read: only what is
   * wrong with objects by themselves, for what they refer to may be further down.
   */
  #partRead(document: TextDocument, parts: readonly PlacedPart[], isLast: boolean): void {
    const { uri } = document;
    const state = this.#states.get(uri);
    if (state === undefined || state.hasFirstFindings || state.sent !== undefined) return;
    if (performance.now() - state.openedAt < firstFindingsMs) return;
    state.hasFirstFindings = true;
    if (isLast) return;
    this.#showFirst(document, state, [...parts]).catch((error) => {
      if (!(error instanceof Cancelled)) this.#options.logError(`checking ${uri}: ${error}`);
    });
  }

  async #showFirst(
    document: TextDocument,
    state: State,
    parts: readonly PlacedPart[],
  ): Promise<void> {
    const { checker, documents, send, settings } = this.#options;
    const { uri, version } = document;
    const context = checker.contextFor(uri, settings());
    if (context === undefined) return;
    const isCancelled = () =>
      state.sent !== undefined ||
      this.#states.get(uri) !== state ||
      documents.get(uri)?.version !== version;
    const pause = createSlices({ isCancelled });
    const text = document.getText();
    const manifest = await finishInSlices(fileOfPartsInSteps(text, parts), pause);
    const { cross: _, judged: __, ...alone } = context;
    const steps = diagnosticsInSteps({ document, manifest }, alone);
    const found = await finishInSlices(steps, pause);
    if (!isCancelled()) send(uri, found, version);
  }
}
