/**
 * Answers what the editor asks of a document or of the workspace, out of the providers. An answer
 * that costs more is worked out in slices; it ends as soon as it is cancelled (RequestCancelled), or
 * somebody types in the document that it is about (ContentModified), so that nothing is told of a
 * text that is no longer there.
 */
import {
  type CancellationToken,
  type Connection,
  type Location,
  LSPErrorCodes,
  ResponseError,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Checker } from './checker.ts';
import { codeActionsAt } from './providers/code-actions.ts';
import { codeLensesOf } from './providers/code-lens.ts';
import { completionsInSteps } from './providers/completion.ts';
import { formattingOf } from './providers/formatting.ts';
import { hierarchyAt, neededBy, needs } from './providers/hierarchy.ts';
import { hoverAt } from './providers/hover.ts';
import { inlayHintsInSteps } from './providers/inlay-hints.ts';
import { linksOf } from './providers/links.ts';
import { namesFrom } from './providers/names.ts';
import { definitionAt, referencesInSteps } from './providers/navigation.ts';
import { type OpenFile, openFile } from './providers/open-file.ts';
import { renameAt, renameRangeAt } from './providers/rename.ts';
import { foldingInSteps, selectionAt } from './providers/selection.ts';
import { signatureAt } from './providers/signature.ts';
import { symbolsInSteps, workspaceSymbolsInSteps } from './providers/symbols.ts';
import { partsOf } from './routing/manifest-file.ts';
import { checkFileInSteps } from './rules/check.ts';
import type { Settings } from './settings.ts';
import { Cancelled, createSlices, finishInSlices, type Steps } from './slices.ts';

/** The session, as far as requests need it. */
export interface RequestHost {
  /** Undefined before the client has introduced itself. */
  readonly checker: Checker | undefined;
  readonly settings: Settings;
  /** Whether the client makes files that an edit asks for. */
  readonly createsFiles: boolean;
  documentOf(uri: string): TextDocument | undefined;
  /** Rejects with `Cancelled` when the document changes before it has been read. */
  read(document: TextDocument): Promise<OpenFile>;
}

export function answerRequests(connection: Connection, host: RequestHost): void {
  new Requests(connection, host).answer();
}

type Identified = { readonly uri: string };

class Requests {
  readonly #connection: Connection;
  readonly #host: RequestHost;

  constructor(connection: Connection, host: RequestHost) {
    this.#connection = connection;
    this.#host = host;
  }

  answer(): void {
    this.#answerAboutPlaces();
    this.#answerAboutFiles();
    this.#answerEdits();
    this.#answerHierarchy();
    this.#connection.onWorkspaceSymbol(({ query }, token, _, partial) =>
      this.#ofWorkspace(token, [], ({ workspace }) =>
        workspaceSymbolsInSteps(query, workspace, partial && ((found) => partial.report(found))),
      ),
    );
  }

  #answerAboutPlaces(): void {
    const connection = this.#connection;
    connection.onHover(({ textDocument, position }, token) =>
      this.#at(textDocument, token, null, (file, checker) => {
        return hoverAt(file, position, checker) ?? null;
      }),
    );
    connection.onCompletion(({ textDocument, position, context }, token) =>
      this.#complete(textDocument, token, (file, checker) =>
        completionsInSteps(file, position, checker.catalog, namesFrom(checker), context),
      ),
    );
    connection.onDefinition(({ textDocument, position }, token) =>
      this.#at(textDocument, token, [], (file, { workspace }) =>
        definitionAt(file, position, workspace),
      ),
    );
    connection.onReferences(({ textDocument, position, context }, token, _, partial) =>
      this.#of(textDocument, token, [], function* (file, { workspace }) {
        const report = partial && ((found: Location[]) => partial.report(found));
        const { includeDeclaration } = context;
        const rest = yield* referencesInSteps(
          file,
          position,
          workspace,
          includeDeclaration,
          report,
        );
        // Where some were told of before, all are told of in that way.
        if (report === undefined) return rest;
        if (rest.length > 0) report(rest);
        return [];
      }),
    );
    connection.onSelectionRanges(({ textDocument, positions }, token) =>
      this.#at(textDocument, token, null, (file) => positions.map((at) => selectionAt(file, at))),
    );
    connection.onSignatureHelp(({ textDocument, position }, token) =>
      this.#at(textDocument, token, null, (file, { catalog }) => {
        return signatureAt(file, position, catalog) ?? null;
      }),
    );
  }

  #answerAboutFiles(): void {
    const connection = this.#connection;
    connection.onCodeLens(({ textDocument }, token) =>
      this.#at(textDocument, token, [], (file, { cluster }) => codeLensesOf(file, cluster)),
    );
    connection.onDocumentSymbol(({ textDocument }, token) =>
      this.#of(textDocument, token, [], symbolsInSteps),
    );
    connection.onFoldingRanges(({ textDocument }, token) =>
      this.#of(textDocument, token, [], foldingInSteps),
    );
    connection.onDocumentLinks(({ textDocument }, token) =>
      this.#at(textDocument, token, [], (file, checker) => linksOf(file, checker.findFile)),
    );
    connection.languages.inlayHint.on(({ textDocument, range }, token) =>
      this.#host.settings.inlayDefaults
        ? this.#of(textDocument, token, [], (file, { catalog }) =>
            inlayHintsInSteps(file, range, catalog),
          )
        : [],
    );
  }

  #answerEdits(): void {
    const connection = this.#connection;
    connection.onDocumentFormatting(async ({ textDocument, options }, token) => {
      const file = await this.#at(textDocument, token, undefined, (each) => each);
      return file === undefined ? [] : formattingOf(file, options);
    });
    connection.onPrepareRename(({ textDocument, position }, token) =>
      this.#at(textDocument, token, null, (file, { workspace }) => {
        return renameRangeAt(file, position, workspace) ?? null;
      }),
    );
    connection.onRenameRequest(({ textDocument, position, newName }, token) =>
      this.#at(textDocument, token, null, (file, { workspace }) => {
        return renameAt(file, position, newName, workspace) ?? null;
      }),
    );
    const host = this.#host;
    connection.onCodeAction(({ textDocument, range, context: { only } }, token) =>
      this.#of(textDocument, token, [], function* (file, checker) {
        const context = checker.contextFor(textDocument.uri, host.settings);
        if (context === undefined) return [];
        // What is found is kept, so that the actions find it at once.
        yield* checkFileInSteps(file.manifest, context);
        const { workspace } = checker;
        const newFile = host.createsFiles
          ? (name: string) => checker.newFile(textDocument.uri, name)
          : undefined;
        return codeActionsAt(file, range, context, { only, workspace, newFile });
      }),
    );
  }

  #answerHierarchy(): void {
    const { callHierarchy } = this.#connection.languages;
    callHierarchy.onPrepare(({ textDocument, position }, token) =>
      this.#at(textDocument, token, null, (file, { workspace }) =>
        hierarchyAt(file, position, workspace),
      ),
    );
    callHierarchy.onIncomingCalls(({ item }) => {
      const { checker } = this.#host;
      return checker === undefined ? [] : neededBy(item, checker.workspace);
    });
    callHierarchy.onOutgoingCalls(({ item }) => {
      const { checker } = this.#host;
      return checker === undefined ? [] : needs(item, checker.workspace);
    });
  }

  /** An answer that costs little once the file has been read. */
  #at<T>(
    textDocument: Identified,
    token: CancellationToken,
    otherwise: T,
    answer: (file: OpenFile, checker: Checker) => T,
  ): Promise<T> {
    return this.#of(textDocument, token, otherwise, function* (file, checker) {
      yield;
      return answer(file, checker);
    });
  }

  /**
   * An answer from the file as it is now.
   * @param otherwise the answer where the document is not open
   */
  async #of<T>(
    { uri }: Identified,
    token: CancellationToken,
    otherwise: T,
    answer: (file: OpenFile, checker: Checker) => Steps<T>,
  ): Promise<T> {
    const document = this.#host.documentOf(uri);
    const { checker } = this.#host;
    if (document === undefined || checker === undefined) return otherwise;
    const { version } = document;
    const isStale = () => this.#host.documentOf(uri)?.version !== version;
    return answered(token, async (pause) => {
      const file = await unlessCancelled(this.#host.read(document), token);
      if (isStale()) throw new Cancelled();
      return finishInSlices(answer(file, checker), async () => {
        await pause();
        if (isStale()) throw new Cancelled();
      });
    });
  }

  /**
   * What could be written where the cursor is. Whoever types on still wants it: editors filter it by
   * what has been typed since. So it is worked out from the text as it was when it was asked for.
   */
  async #complete<T>(
    { uri }: Identified,
    token: CancellationToken,
    answer: (file: OpenFile, checker: Checker) => Steps<T[]>,
  ): Promise<T[]> {
    const document = this.#host.documentOf(uri);
    const { checker } = this.#host;
    if (document === undefined || checker === undefined) return [];
    const { languageId, version } = document;
    const text = document.getText();
    const asked = TextDocument.create(uri, languageId, version, text);
    return answered(token, async (pause) => {
      // Only where it may be a template it matters what else is in the file.
      const read = text.includes('{{')
        ? await unlessCancelled(this.#host.read(document), token)
        : undefined;
      const known = read && partsOf(read.manifest);
      const file = openFile(asked, known, (each) => checker.schemaOf(each));
      return finishInSlices(answer(file, checker), pause);
    });
  }

  async #ofWorkspace<T>(
    token: CancellationToken,
    otherwise: T,
    answer: (checker: Checker) => Steps<T>,
  ): Promise<T> {
    const { checker } = this.#host;
    if (checker === undefined) return otherwise;
    return answered(token, (pause) => finishInSlices(answer(checker), pause));
  }
}

/** Does the work; where it is given up, says why in the terms of the protocol. */
async function answered<T>(
  token: CancellationToken,
  work: (pause: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const isCancelled = () => token.isCancellationRequested;
  try {
    if (isCancelled()) throw new Cancelled();
    return await work(createSlices({ isCancelled }));
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    throw isCancelled()
      ? new ResponseError(LSPErrorCodes.RequestCancelled, 'the request was cancelled')
      : new ResponseError(LSPErrorCodes.ContentModified, 'the document has changed since');
  }
}

/** The result, unless the token says first that nobody waits for it. */
async function unlessCancelled<T>(result: Promise<T>, token: CancellationToken): Promise<T> {
  let listening: { dispose(): void } | undefined;
  const cancelled = new Promise<never>((_, reject) => {
    listening = token.onCancellationRequested(() => reject(new Cancelled()));
  });
  try {
    return await Promise.race([result, cancelled]);
  } finally {
    listening?.dispose();
  }
}
