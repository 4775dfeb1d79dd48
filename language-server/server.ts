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
  MessageType,
  PositionEncodingKind,
  ShowMessageNotification,
  TextDocumentSyncKind,
  TextDocuments,
  WatchKind,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Clock } from '../runtime/api/clock.ts';
import { Checker, pathOf } from './checker.ts';
import { Diagnoser } from './diagnoser.ts';
import { documentTexts } from './documents.ts';
import { dryRunDiagnostics } from './dry-run.ts';
import type { Files } from './files.ts';
import {
  type ClusterUpdate,
  clusterUpdateMethod,
  type DryRunReport,
  dryRunMethod,
} from './protocol/messages.ts';
import { fixAllKind } from './providers/code-actions.ts';
import { answerRequests, type RequestHost } from './requests.ts';
import { type Scope, scopeOf, wholeScope } from './scope.ts';
import { defaultSettings, readSettings, type Settings } from './settings.ts';
import { WorkspaceFiles } from './workspace-files.ts';

/** Which files are read is said by these settings. */
const scopeSections = [
  'files.exclude',
  'search.exclude',
  'search.useIgnoreFiles',
  'skiff.workspace.maxFiles',
];

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
  readonly #documents = new TextDocuments(documentTexts);
  #checker: Checker | undefined;
  #workspace: WorkspaceFiles | undefined;
  #diagnoser: Diagnoser | undefined;
  #settings: Settings = defaultSettings;
  #folders: string[] = [];
  /** The settings that say which files are read, as they were read last. */
  #scopeText: string | undefined;
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
    connection.onDidChangeConfiguration(() => {
      this.#readSettings();
      this.#readScopeAgain();
    });
    connection.onDidChangeWatchedFiles(({ changes }) => this.#workspace?.change(changes));
    this.#documents.onDidChangeContent(({ document }) => this.#diagnoser?.changed(document));
    this.#documents.onDidClose(({ document }) => this.#closed(document));
    answerRequests(connection, this.#host());
    this.#hearOfCluster();
    this.#documents.listen(connection);
    connection.listen();
  }

  #host(): RequestHost {
    const session = this;
    return {
      get checker() {
        return session.#checker;
      },
      get settings() {
        return session.#settings;
      },
      get createsFiles() {
        return session.#can.createFiles;
      },
      documentOf: (uri) => this.#documents.get(uri),
      read: (document) =>
        this.#diagnoser?.read(document) ?? Promise.reject(new Error('not initialized')),
    };
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
      logError: (message) => this.#log('error', message),
    });
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
    const file = this.#diagnoser?.known(document);
    if (last?.version !== document.version || file === undefined) return [];
    return dryRunDiagnostics(file, last.report);
  }

  #start(): void {
    const { client } = this.#connection;
    const registrations = BulkRegistration.create();
    if (this.#can.configuration) {
      const section = ['skiff', ...scopeSections];
      registrations.add(DidChangeConfigurationNotification.type, { section });
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

  /** Files come and go with what people hide; where that has not changed nothing is read again. */
  #readScopeAgain(): void {
    const known = this.#scopeText;
    if (known === undefined) return;
    this.#readScope().then(
      () => {
        if (this.#scopeText !== known) this.#workspace?.readAgain();
      },
      (error) => this.#warn(String(error)),
    );
  }

  /** What people hide from the editor, and how many files are read. */
  async #readScope(): Promise<Scope> {
    if (!this.#can.configuration) return wholeScope;
    // Excluded is what a folder says; without one the editor warns, and with several it is what all of them say.
    const [scopeUri, another] = this.#folders;
    const scope = scopeUri === undefined || another !== undefined ? {} : { scopeUri };
    const sections = scopeSections.map((section) => ({ section, ...scope }));
    try {
      const [files, search, ignoreFiles, maxFiles] =
        await this.#connection.workspace.getConfiguration(sections);
      this.#scopeText = JSON.stringify([files, search, ignoreFiles, maxFiles]);
      return scopeOf([files, search], ignoreFiles, maxFiles);
    } catch (error) {
      this.#warn(`settings: ${error}`);
      return wholeScope;
    }
  }

  #warn(message: string): void {
    this.#log('warn', message);
  }

  #log(level: 'error' | 'warn', message: string): void {
    try {
      this.#connection.console[level](`skiff: ${message}`);
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
      scope: () => this.#readScope(),
      telling: async () => {
        if (!this.#can.progress) return { report: () => undefined, done: () => undefined };
        const progress = await window.createWorkDoneProgress();
        progress.begin('Skiff', undefined, 'reading manifests');
        return {
          report: (message) => progress.report(`reading manifests: ${message}`),
          done: () => progress.done(),
        };
      },
      warn: (message) => this.#warn(message),
      tell: (message) => {
        this.#connection
          .sendNotification(ShowMessageNotification.type, { type: MessageType.Warning, message })
          .catch(() => undefined);
      },
    });
  }

  #closed({ uri }: TextDocument): void {
    this.#diagnoser?.closed(uri);
    this.#dryRuns.delete(uri);
    if (pathOf(uri) === undefined) this.#checker?.forget(uri);
    else this.#workspace?.reread(uri);
  }
}
