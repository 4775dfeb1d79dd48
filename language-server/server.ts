/**
 * The language server: one session for one editor window. It answers requests out of the providers
 * and keeps diagnostics up to date; it knows nothing of how it is connected.
 */

import {
  BulkRegistration,
  CodeActionKind,
  CodeLensRefreshRequest,
  type Connection,
  type Diagnostic,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  type InitializeResult,
  PositionEncodingKind,
  TextDocumentSyncKind,
  TextDocuments,
  type TextEdit,
  WatchKind,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Clock } from '../runtime/api/clock.ts';
import { Checker, pathOf } from './checker.ts';
import { Diagnoser } from './diagnoser.ts';
import { dryRunDiagnostics } from './dry-run.ts';
import type { Files } from './files.ts';
import {
  type ClusterUpdate,
  clusterUpdateMethod,
  type DryRunReport,
  dryRunMethod,
} from './protocol/messages.ts';
import { codeActionsAt, fixAllKind } from './providers/code-actions.ts';
import { codeLensesOf } from './providers/code-lens.ts';
import { completionsAt } from './providers/completion.ts';
import { formattingOf } from './providers/formatting.ts';
import { hierarchyAt, neededBy, needs } from './providers/hierarchy.ts';
import { hoverAt } from './providers/hover.ts';
import { inlayHintsOf } from './providers/inlay-hints.ts';
import { linksOf } from './providers/links.ts';
import { namesFrom } from './providers/names.ts';
import { definitionAt, referencesAt } from './providers/navigation.ts';
import type { OpenFile } from './providers/open-file.ts';
import { renameAt, renameRangeAt } from './providers/rename.ts';
import { foldingOf, selectionAt } from './providers/selection.ts';
import { signatureAt } from './providers/signature.ts';
import { symbolsOf, workspaceSymbolsOf } from './providers/symbols.ts';
import { defaultSettings, readSettings, type Settings } from './settings.ts';
import { WorkspaceFiles } from './workspace-files.ts';

export interface ServerOptions {
  /** Used where the client names none in its initializationOptions. */
  readonly schemaDirectory: string;
  /** URI of the folder that has a page for each rule, ending with a slash. */
  readonly documentation?: string;
  readonly files: Files;
  readonly clock: Clock;
}

/** Serves the connection until it ends. */
export function startServer(connection: Connection, options: ServerOptions): void {
  new Session(connection, options).listen();
}

class Session {
  readonly #connection: Connection;
  readonly #options: ServerOptions;
  readonly #documents = new TextDocuments(TextDocument);
  #checker: Checker | undefined;
  #workspace: WorkspaceFiles | undefined;
  #diagnoser: Diagnoser | undefined;
  #settings: Settings = defaultSettings;
  #folders: string[] = [];
  readonly #dryRuns = new Map<string, { version: number; report: DryRunReport }>();
  #can = {
    configuration: false,
    watchFiles: false,
    folders: false,
    progress: false,
    refreshLenses: false,
    createFiles: false,
  };

  constructor(connection: Connection, options: ServerOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  listen(): void {
    const connection = this.#connection;
    connection.onInitialize((params) => this.#initialize(params));
    connection.onInitialized(() => this.#start());
    connection.onDidChangeConfiguration(() => this.#readSettings());
    connection.onDidChangeWatchedFiles(({ changes }) => this.#workspace?.change(changes));
    this.#documents.onDidChangeContent(({ document }) => this.#diagnoser?.changed(document));
    this.#documents.onDidClose(({ document }) => this.#closed(document));
    this.#answerRequests();
    this.#hearOfCluster();
    this.#documents.listen(connection);
    connection.listen();
  }

  #initialize(params: InitializeParams): InitializeResult {
    const options = params.initializationOptions;
    const directory = options?.schemaDirectory ?? options?.schemas;
    const checker = new Checker(
      typeof directory === 'string' ? directory : this.#options.schemaDirectory,
      this.#options.files,
      this.#options.documentation,
    );
    this.#checker = checker;
    this.#diagnoser = this.#createDiagnoser(checker);
    this.#workspace = this.#createWorkspace(checker);
    this.#folders = (params.workspaceFolders ?? []).map(({ uri }) => uri);
    const workspace = params.capabilities.workspace;
    this.#can = {
      configuration: workspace?.configuration === true,
      watchFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
      folders: workspace?.workspaceFolders === true,
      progress: params.capabilities.window?.workDoneProgress === true,
      refreshLenses: workspace?.codeLens?.refreshSupport === true,
      createFiles:
        workspace?.workspaceEdit?.documentChanges === true &&
        workspace.workspaceEdit.resourceOperations?.includes('create') === true,
    };
    return {
      serverInfo: { name: 'skiff' },
      capabilities: {
        // What JavaScript counts in, and what every client must know.
        positionEncoding: PositionEncodingKind.UTF16,
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
        textDocumentSync: TextDocumentSyncKind.Incremental,
        completionProvider: { triggerCharacters: [' ', ':', '-', '"'] },
        hoverProvider: true,
        codeLensProvider: {},
        documentSymbolProvider: true,
        definitionProvider: true,
        referencesProvider: true,
        renameProvider: { prepareProvider: true },
        workspaceSymbolProvider: true,
        // A client with another YAML formatter turns this one off.
        documentFormattingProvider: options?.formatting !== false,
        codeActionProvider: {
          codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.RefactorRewrite, fixAllKind],
        },
        selectionRangeProvider: true,
        foldingRangeProvider: true,
        documentLinkProvider: {},
        callHierarchyProvider: true,
        signatureHelpProvider: {
          triggerCharacters: [' ', ...'0123456789'],
          retriggerCharacters: [...'.mkKMGTiEP'],
        },
        inlayHintProvider: true,
      },
    };
  }

  #createDiagnoser(checker: Checker): Diagnoser {
    return new Diagnoser({
      checker,
      clock: this.#options.clock,
      documents: this.#documents,
      settings: () => this.#settings,
      more: (document) => this.#dryRunOf(document),
      send: (uri, diagnostics, version) => {
        this.#connection
          .sendDiagnostics({ uri, diagnostics, ...(version === undefined ? {} : { version }) })
          .catch(() => undefined);
      },
      logError: (message) => this.#connection.console.error(`skiff: ${message}`),
    });
  }

  /** Each request is answered from the file as it is now; an empty answer if there is none. */
  #answerRequests(): void {
    const connection = this.#connection;
    connection.onHover(({ textDocument, position }) =>
      this.#with(textDocument, null, (file, checker) => hoverAt(file, position, checker) ?? null),
    );
    connection.onCompletion(({ textDocument, position }) =>
      this.#with(textDocument, [], (file, checker) =>
        completionsAt(file, position, checker.catalog, namesFrom(checker)),
      ),
    );
    connection.onCodeLens(({ textDocument }) =>
      this.#with(textDocument, [], (file, { cluster }) => codeLensesOf(file, cluster)),
    );
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
    connection.onCodeAction(({ textDocument, range, context: { only } }) =>
      this.#with(textDocument, [], (file, checker) => {
        const context = checker.contextFor(textDocument.uri, this.#settings);
        if (context === undefined) return [];
        const { workspace } = checker;
        const newFile = this.#can.createFiles
          ? (name: string) => checker.newFile(textDocument.uri, name)
          : undefined;
        return codeActionsAt(file, range, context, { only, workspace, newFile });
      }),
    );
    connection.onSelectionRanges(({ textDocument, positions }) =>
      this.#with(textDocument, null, (file) => positions.map((at) => selectionAt(file, at))),
    );
    connection.onFoldingRanges(({ textDocument }) => this.#with(textDocument, [], foldingOf));
    connection.onDocumentLinks(({ textDocument }) =>
      this.#with(textDocument, [], (file, checker) => linksOf(file, checker.findFile)),
    );
    connection.onSignatureHelp(({ textDocument, position }) =>
      this.#with(textDocument, null, (file, { catalog }) => {
        return signatureAt(file, position, catalog) ?? null;
      }),
    );
    this.#answerHierarchy();
    connection.languages.inlayHint.on(({ textDocument, range }) =>
      this.#with(textDocument, [], (file, { catalog }) =>
        this.#settings.inlayDefaults ? inlayHintsOf(file, range, catalog) : [],
      ),
    );
  }

  #answerHierarchy(): void {
    const { callHierarchy } = this.#connection.languages;
    callHierarchy.onPrepare(({ textDocument, position }) =>
      this.#with(textDocument, null, (file, { workspace }) =>
        hierarchyAt(file, position, workspace),
      ),
    );
    callHierarchy.onIncomingCalls(({ item }) =>
      this.#checker === undefined ? [] : neededBy(item, this.#checker.workspace),
    );
    callHierarchy.onOutgoingCalls(({ item }) =>
      this.#checker === undefined ? [] : needs(item, this.#checker.workspace),
    );
  }

  /** What the client tells of the cluster it is connected to, and of what that said of a file. */
  #hearOfCluster(): void {
    this.#connection.onNotification(clusterUpdateMethod, (update: ClusterUpdate) => {
      this.#checker?.updateCluster(update);
      this.#diagnoser?.checkSoon();
      if (this.#can.refreshLenses) {
        this.#connection.sendRequest(CodeLensRefreshRequest.type).catch(() => {
          // A client that is going away need not be told.
        });
      }
    });
    this.#connection.onNotification(dryRunMethod, (report: DryRunReport) => {
      const version = this.#documents.get(report.uri)?.version;
      if (version === undefined) return;
      this.#dryRuns.set(report.uri, { version, report });
      this.#diagnoser?.check(report.uri);
    });
  }

  /** A dry run speaks of the text as it was; once that changes, nobody knows. */
  #dryRunOf(document: TextDocument): Diagnostic[] {
    const last = this.#dryRuns.get(document.uri);
    const file = this.#diagnoser?.fileOf(document);
    if (last?.version !== document.version || file === undefined) return [];
    return dryRunDiagnostics(file, last.report);
  }

  #with<T>(
    { uri }: { uri: string },
    otherwise: T,
    answer: (file: OpenFile, checker: Checker) => T,
  ): T {
    const document = this.#documents.get(uri);
    if (document === undefined || this.#checker === undefined) return otherwise;
    const file = this.#diagnoser?.fileOf(document);
    return file === undefined ? otherwise : answer(file, this.#checker);
  }

  #start(): void {
    const { client } = this.#connection;
    const registrations = BulkRegistration.create();
    if (this.#can.configuration) {
      registrations.add(DidChangeConfigurationNotification.type, { section: 'skiff' });
    }
    if (this.#can.watchFiles) {
      registrations.add(DidChangeWatchedFilesNotification.type, {
        watchers: [
          { globPattern: '**/*.{yaml,yml,json}' },
          // A folder that goes is told of once, not for each file in it.
          { globPattern: '**', kind: WatchKind.Delete },
        ],
      });
    }
    client.register(registrations).catch((error) => this.#warn(String(error)));
    this.#readSettings();
    this.#workspace?.add(this.#folders);
    if (!this.#can.folders) return;
    this.#connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
      this.#workspace?.remove(removed.map(({ uri }) => uri));
      this.#workspace?.add(added.map(({ uri }) => uri));
    });
  }

  #readSettings(): void {
    if (!this.#can.configuration) return;
    this.#connection.workspace.getConfiguration('skiff').then(
      (section) => {
        this.#settings = readSettings(section);
        this.#diagnoser?.checkAll();
      },
      (error) => this.#warn(`settings: ${error}`),
    );
  }

  #warn(message: string): void {
    try {
      this.#connection.console.warn(`skiff: ${message}`);
    } catch {
      // The client is gone, and with it whoever could read this.
    }
  }

  readonly #isOpen = (uri: string): boolean => this.#documents.get(uri) !== undefined;

  #createWorkspace(checker: Checker): WorkspaceFiles {
    const { window } = this.#connection;
    return new WorkspaceFiles({
      checker,
      files: this.#options.files,
      clock: this.#options.clock,
      isOpen: this.#isOpen,
      changed: () => this.#diagnoser?.checkAll(),
      telling: async () => {
        if (!this.#can.progress) return () => undefined;
        const progress = await window.createWorkDoneProgress();
        progress.begin('Skiff', undefined, 'reading manifests');
        return () => progress.done();
      },
      warn: (message) => this.#warn(message),
    });
  }

  #closed({ uri }: TextDocument): void {
    this.#diagnoser?.closed(uri);
    this.#dryRuns.delete(uri);
    if (pathOf(uri) === undefined) this.#checker?.forget(uri);
    else this.#workspace?.reread(uri);
  }
}
