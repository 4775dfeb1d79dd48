/**
 * The language server: one session for one editor window. It answers requests out of the providers
 * and keeps diagnostics up to date; it knows nothing of how it is connected.
 */

import { pathToFileURL } from 'node:url';
import {
  BulkRegistration,
  CodeActionKind,
  type Connection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  FileChangeType,
  type InitializeParams,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
  type TextEdit,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Clock } from '../runtime/api/clock.ts';
import { Checker, pathOf } from './checker.ts';
import type { Files } from './files.ts';
import { codeActionsAt } from './providers/code-actions.ts';
import { codeLensesOf } from './providers/code-lens.ts';
import { completionsAt } from './providers/completion.ts';
import { diagnosticsOf } from './providers/diagnostics.ts';
import { formattingOf } from './providers/formatting.ts';
import { hoverAt } from './providers/hover.ts';
import { definitionAt, namesFrom, referencesAt } from './providers/navigation.ts';
import { type OpenFile, openFile } from './providers/open-file.ts';
import { renameAt, renameRangeAt } from './providers/rename.ts';
import { symbolsOf, workspaceSymbolsOf } from './providers/symbols.ts';
import { defaultSettings, readSettings, type Settings } from './settings.ts';

export interface ServerOptions {
  /** Used where the client names none in its initializationOptions. */
  readonly schemaDirectory: string;
  readonly files: Files;
  readonly clock: Clock;
}

/** While someone types, diagnostics wait this long for the next key. */
const debounceMs = 150;
/** Files of the workspace beyond these are not indexed. */
const maxIndexed = 5000;

/** Serves the connection until it ends. */
export function startServer(connection: Connection, options: ServerOptions): void {
  new Session(connection, options).listen();
}

class Session {
  readonly #connection: Connection;
  readonly #options: ServerOptions;
  readonly #documents = new TextDocuments(TextDocument);
  readonly #open = new Map<string, { version: number; file: OpenFile }>();
  readonly #pending = new Map<string, () => void>();
  #checker: Checker | undefined;
  #settings: Settings = defaultSettings;
  #folders: string[] = [];
  #can = { configuration: false, watchFiles: false };

  constructor(connection: Connection, options: ServerOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  listen(): void {
    const connection = this.#connection;
    connection.onInitialize((params) => this.#initialize(params));
    connection.onInitialized(() => this.#start());
    connection.onDidChangeConfiguration(() => this.#readSettings());
    connection.onDidChangeWatchedFiles(({ changes }) => this.#filesChanged(changes));
    this.#documents.onDidChangeContent(({ document }) => this.#changed(document));
    this.#documents.onDidClose(({ document }) => this.#closed(document));
    this.#answerRequests();
    this.#documents.listen(connection);
    connection.listen();
  }

  #initialize(params: InitializeParams): InitializeResult {
    const options = params.initializationOptions;
    const directory = options?.schemaDirectory ?? options?.schemas;
    this.#checker = new Checker(
      typeof directory === 'string' ? directory : this.#options.schemaDirectory,
      this.#options.files,
    );
    this.#folders = (params.workspaceFolders ?? []).map(({ uri }) => uri);
    const workspace = params.capabilities.workspace;
    this.#can = {
      configuration: workspace?.configuration === true,
      watchFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    };
    return {
      serverInfo: { name: 'skiff' },
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        completionProvider: { triggerCharacters: [' ', ':', '-'] },
        hoverProvider: true,
        codeLensProvider: {},
        documentSymbolProvider: true,
        definitionProvider: true,
        referencesProvider: true,
        renameProvider: { prepareProvider: true },
        workspaceSymbolProvider: true,
        // A client with another YAML formatter turns this one off.
        documentFormattingProvider: options?.formatting !== false,
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
      },
    };
  }

  /** Each request is answered from the file as it is now; an empty answer if there is none. */
  #answerRequests(): void {
    const connection = this.#connection;
    connection.onHover(({ textDocument, position }) =>
      this.#with(
        textDocument,
        null,
        (file, { catalog }) => hoverAt(file, position, catalog) ?? null,
      ),
    );
    connection.onCompletion(({ textDocument, position }) =>
      this.#with(textDocument, [], (file, { catalog, workspace }) =>
        completionsAt(file, position, catalog, namesFrom(workspace)),
      ),
    );
    connection.onCodeLens(({ textDocument }) => this.#with(textDocument, [], codeLensesOf));
    connection.onDocumentSymbol(({ textDocument }) => this.#with(textDocument, [], symbolsOf));
    connection.onDefinition(({ textDocument, position }) =>
      this.#with(textDocument, [], (file, { workspace }) =>
        definitionAt(file, position, workspace),
      ),
    );
    connection.onReferences(({ textDocument, position, context }) =>
      this.#with(textDocument, [], (file, { workspace }) =>
        referencesAt(file, position, workspace, context.includeDeclaration),
      ),
    );
    connection.onDocumentFormatting(({ textDocument, options }) =>
      this.#with(textDocument, Promise.resolve<TextEdit[]>([]), (file) =>
        formattingOf(file, options),
      ),
    );
    connection.onPrepareRename(({ textDocument, position }) =>
      this.#with(textDocument, null, (file, { workspace }) => {
        return renameRangeAt(file, position, workspace) ?? null;
      }),
    );
    connection.onRenameRequest(({ textDocument, position, newName }) =>
      this.#with(textDocument, null, (file, { workspace }) => {
        return renameAt(file, position, newName, workspace) ?? null;
      }),
    );
    connection.onWorkspaceSymbol(({ query }) =>
      this.#checker === undefined ? [] : workspaceSymbolsOf(query, this.#checker.workspace),
    );
    connection.onCodeAction(({ textDocument, range }) =>
      this.#with(textDocument, [], (file, checker) => {
        const context = checker.contextFor(textDocument.uri, this.#settings);
        return context === undefined ? [] : codeActionsAt(file, range, context);
      }),
    );
  }

  #with<T>(
    { uri }: { uri: string },
    otherwise: T,
    answer: (file: OpenFile, checker: Checker) => T,
  ): T {
    const document = this.#documents.get(uri);
    if (document === undefined || this.#checker === undefined) return otherwise;
    return answer(this.#fileOf(document), this.#checker);
  }

  /** Read once a version. */
  #fileOf(document: TextDocument): OpenFile {
    const known = this.#open.get(document.uri);
    if (known?.version === document.version) return known.file;
    const file = openFile(document);
    this.#open.set(document.uri, { version: document.version, file });
    return file;
  }

  #start(): void {
    const { client, console } = this.#connection;
    const registrations = BulkRegistration.create();
    if (this.#can.configuration) {
      registrations.add(DidChangeConfigurationNotification.type, { section: 'skiff' });
    }
    if (this.#can.watchFiles) {
      registrations.add(DidChangeWatchedFilesNotification.type, {
        watchers: [{ globPattern: '**/*.{yaml,yml,json}' }],
      });
    }
    client.register(registrations).catch((error) => console.warn(`skiff: ${error}`));
    this.#readSettings();
    this.#indexFolders().catch((error) => console.error(String(error)));
  }

  #readSettings(): void {
    if (!this.#can.configuration) return;
    this.#connection.workspace.getConfiguration('skiff').then(
      (section) => {
        this.#settings = readSettings(section);
        this.#checkAll();
      },
      (error) => this.#connection.console.warn(`skiff: settings: ${error}`),
    );
  }

  async #indexFolders(): Promise<void> {
    let left = maxIndexed;
    for (const folder of this.#folders) {
      const path = pathOf(folder);
      if (path === undefined) continue;
      for await (const file of this.#options.files.find(path)) {
        if (left-- <= 0) return;
        await this.#indexFile(pathToFileURL(file).href, file);
      }
    }
    this.#checkAll();
  }

  /** What is open in the editor counts, not what is on disk. */
  async #indexFile(uri: string, path: string): Promise<void> {
    if (this.#documents.get(uri) !== undefined) return;
    const text = await this.#options.files.read(path);
    if (text === undefined) this.#checker?.forget(uri);
    else this.#checker?.index(uri, text);
  }

  async #filesChanged(changes: readonly { uri: string; type: FileChangeType }[]): Promise<void> {
    for (const { uri, type } of changes) {
      const path = pathOf(uri);
      if (type === FileChangeType.Deleted) this.#checker?.forget(uri);
      else if (path !== undefined) await this.#indexFile(uri, path);
    }
    this.#checkAll();
  }

  #changed(document: TextDocument): void {
    const first = !this.#open.has(document.uri);
    this.#pending.get(document.uri)?.();
    if (first) this.#take(document);
    else {
      const later = this.#options.clock.after(debounceMs, () => {
        this.#take(document);
        this.#checkOthers(document.uri);
      });
      this.#pending.set(document.uri, later);
    }
  }

  /** Indexes the document as it is now and checks it. */
  #take(document: TextDocument): void {
    const read = () => this.#fileOf(document).manifest;
    this.#checker?.index(document.uri, document.getText(), read);
    this.#check(document.uri);
  }

  #closed(document: TextDocument): void {
    this.#pending.get(document.uri)?.();
    this.#pending.delete(document.uri);
    this.#open.delete(document.uri);
    this.#send(document.uri, []);
    const path = pathOf(document.uri);
    if (path === undefined) this.#checker?.forget(document.uri);
    else this.#indexFile(document.uri, path).catch(() => this.#checker?.forget(document.uri));
  }

  #checkAll(): void {
    this.#checkOthers(undefined);
  }

  /** What one file says bears on all that are open. */
  #checkOthers(changed: string | undefined): void {
    for (const { uri } of this.#documents.all()) if (uri !== changed) this.#check(uri);
  }

  #check(uri: string): void {
    const document = this.#documents.get(uri);
    const checker = this.#checker;
    if (document === undefined || checker === undefined) return;
    const context = checker.contextFor(uri, this.#settings);
    try {
      const file = this.#fileOf(document);
      this.#send(uri, context === undefined ? [] : diagnosticsOf(file, context), document.version);
    } catch (error) {
      // A rule that fails must not take the others' findings in other files with it.
      this.#connection.console.error(`skiff: checking ${uri}: ${error}`);
    }
  }

  #send(uri: string, diagnostics: ReturnType<typeof diagnosticsOf>, version?: number): void {
    this.#connection
      .sendDiagnostics({ uri, diagnostics, ...(version === undefined ? {} : { version }) })
      .catch(() => undefined);
  }
}
