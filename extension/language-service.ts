/**
 * The language server's client. The server is a process of its own and is started when the first
 * manifest is seen, not for every YAML file.
 */
import { join } from 'node:path';
import * as vscode from 'vscode';
import {
  type ClusterUpdate,
  clusterUpdateMethod,
  type DryRunReport,
  dryRunMethod,
} from '../language-server/protocol/messages.ts';
import { systemClock } from '../runtime/api/clock.ts';
import { startClusterFeed } from './cluster-feed.ts';
import type { Connections } from './clusters/connections.ts';
import {
  noWords,
  registerBeginObject,
  registerSuggestNext,
  withManners,
} from './completion-manners.ts';
import { isToolFile, looksLikeManifest } from './deploy/manifest-text.ts';
import { EngineImages } from './engine-images.ts';
import { enterRules } from './enter-rules.ts';
import { liveScheme } from './ids.ts';
import type { QuietClient } from './quiet-client.ts';
import { settings } from './settings.ts';
import { claimManifests, withoutSyntax, yamlNeighbour } from './yaml-neighbour.ts';

const languages = ['yaml', 'json'];
const schemes = ['file', 'untitled', liveScheme];
const selector = schemes.flatMap((scheme) => languages.map((language) => ({ scheme, language })));

/** How long a completion of an image waits for the engine to say what it has. */
const imagesPatienceMs = 1500;

export class LanguageService implements vscode.Disposable {
  readonly #extension: vscode.ExtensionContext;
  readonly #log: vscode.LogOutputChannel;
  readonly #subscriptions: vscode.Disposable;
  readonly #connections: Connections;
  readonly #images: EngineImages;
  #client: QuietClient | undefined;
  #endFeed: (() => void) | undefined;
  #starting: Promise<void> | undefined;
  /** There while manifests are not checked that should be. */
  #downItem: vscode.LanguageStatusItem | undefined;
  /** There while another extension answers for YAML files, too. */
  #neighbourItem: vscode.LanguageStatusItem | undefined;
  #enterRules: vscode.Disposable | undefined;
  #hadNeighbour = false;
  #hasAgreed = false;

  constructor(
    extension: vscode.ExtensionContext,
    log: vscode.LogOutputChannel,
    connections: Connections,
  ) {
    this.#extension = extension;
    this.#log = log;
    this.#connections = connections;
    this.#images = new EngineImages({
      clock: systemClock,
      list: (onOutput) => connections.embedded().run(['images', '-o', 'json'], { onOutput }),
      tell: (images) => {
        const context = connections.session?.context;
        if (this.#usesEngine) void this.#tell(clusterUpdateMethod, { context, images });
      },
      log: (line) => log.debug(line),
    });
    const look = (document: vscode.TextDocument) => {
      if (this.#starting === undefined && (isCandidate(document) || isBlank(document)))
        void this.start();
    };
    this.#subscriptions = vscode.Disposable.from(
      vscode.workspace.onDidOpenTextDocument(look),
      // A new file becomes a manifest while it is written.
      vscode.workspace.onDidChangeTextDocument((change) => look(change.document)),
      registerBeginObject(),
      registerSuggestNext((document, position) => this.#complete(document, position)),
      connections.onDidChange(() => this.#feed()),
      connections.onDidChangeNamespace(() => this.#feed()),
      vscode.extensions.onDidChange(() => {
        const hasNeighbour = vscode.extensions.getExtension(yamlNeighbour) !== undefined;
        if (this.#starting === undefined || hasNeighbour === this.#hadNeighbour) return;
        this.#hasAgreed = false;
        void this.restart();
      }),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (!change.affectsConfiguration('skiff.languageServer.enabled')) return;
        if (settings.languageServer()) vscode.workspace.textDocuments.forEach(look);
        else void this.#stop();
      }),
    );
    vscode.workspace.textDocuments.forEach(look);
  }

  dispose(): void {
    this.#subscriptions.dispose();
    this.#endFeed?.();
    this.#downItem?.dispose();
    this.#neighbourItem?.dispose();
    this.#enterRules?.dispose();
    void this.#client?.dispose();
  }

  async restart(): Promise<void> {
    await this.#stop();
    await this.start();
  }

  start(): Promise<void> {
    if (!settings.languageServer()) return Promise.resolve();
    this.#starting ??= this.#start().catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      void this.#tellDown(vscode.l10n.t('the language server did not start ({0})', reason));
    });
    return this.#starting;
  }

  async #stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#starting = undefined;
    this.#downItem?.dispose();
    this.#enterRules?.dispose();
    // A server that never came up cannot be stopped in good order.
    if (client?.isReady === true) await client.stop();
    await client?.dispose().catch(() => {});
  }

  /** Says that nothing is checked, and why; the status of the language says so until it is again. */
  async #tellDown(reason: string): Promise<void> {
    const restart = { title: vscode.l10n.t('Restart'), command: 'skiff.restartLanguageServer' };
    const show = { title: vscode.l10n.t('Show Output'), command: 'skiff.showOutput' };
    this.#log.error(reason);
    this.#downItem?.dispose();
    const item = vscode.languages.createLanguageStatusItem('skiff.down', selector);
    item.name = 'Skiff';
    item.severity = vscode.LanguageStatusSeverity.Error;
    item.text = vscode.l10n.t('Manifests are not checked');
    item.detail = reason;
    item.command = restart;
    this.#downItem = item;
    const text = vscode.l10n.t('Manifests are not checked: {0}.', reason);
    const answer = await vscode.window.showErrorMessage(text, restart, show);
    if (answer !== undefined) await vscode.commands.executeCommand(answer.command);
  }

  /** What the API server said of a file, to be shown where it is written. */
  tellDryRun(report: DryRunReport): void {
    void this.#tell(dryRunMethod, report);
  }

  async #tell(method: string, params: DryRunReport | ClusterUpdate): Promise<void> {
    const client = this.#client;
    if (client?.isReady !== true) return;
    await client.sendNotification(method, params).catch((error: unknown) => {
      this.#log.debug(`the language server did not hear of the cluster: ${error}`);
    });
  }

  /** What the server alone has to offer. */
  async #complete(document: vscode.TextDocument, position: vscode.Position): Promise<unknown> {
    const client = this.#client;
    if (client?.isReady !== true) return [];
    const converter = client.code2ProtocolConverter;
    const params = converter.asTextDocumentPositionParams(document, position);
    // Whoever types on meanwhile wants another answer.
    return client.sendRequest('textDocument/completion', params).catch(() => []);
  }

  /** Whether pods get their images from the container engine of this machine. */
  get #usesEngine(): boolean {
    const { session } = this.#connections;
    return session === undefined || (session.embedded && !session.simulated);
  }

  /** Waits for the engine where images are to be offered, but not for long. */
  async #imagesFor(line: string): Promise<void> {
    if (!/\bimage["']?:/.test(line) || !this.#usesEngine || !vscode.workspace.isTrusted) return;
    const enough = new Promise<void>((resolve) => systemClock.after(imagesPatienceMs, resolve));
    await Promise.race([this.#images.refresh(), enough]);
  }

  /** Tells the server of the cluster that somebody has connected to; dials none itself. */
  #feed(): void {
    this.#endFeed?.();
    this.#endFeed = undefined;
    this.#images.forget();
    const { session, namespace } = this.#connections;
    if (session === undefined || this.#client?.isReady !== true) {
      void this.#tell(clusterUpdateMethod, { context: undefined });
      return;
    }
    this.#endFeed = startClusterFeed({
      context: session.context,
      namespace,
      nodeImages: !this.#usesEngine,
      informers: session.informers,
      clock: systemClock,
      onWatchError: session.onWatchError,
      send: (update) => void this.#tell(clusterUpdateMethod, update),
    });
  }

  /** Told once; it asks anew for each file that it checks. */
  async #agreeWith(neighbour: vscode.Extension<unknown>): Promise<void> {
    if (this.#hasAgreed) return;
    this.#hasAgreed = true;
    const api = await neighbour.activate().then(
      (exports) => exports,
      () => undefined,
    );
    const isManifest = (uri: string) => {
      const document = vscode.workspace.textDocuments.find((d) => d.uri.toString() === uri);
      return document !== undefined && isCandidate(document);
    };
    const hasAgreed = claimManifests(api, isManifest);
    if (hasAgreed) this.#log.info(`${yamlNeighbour} leaves Kubernetes manifests to Skiff`);
    else this.#log.warn(`${yamlNeighbour} cannot be asked to leave manifests to Skiff`);
    this.#neighbourItem?.dispose();
    this.#neighbourItem = neighbourStatus(neighbour, hasAgreed);
  }

  async #start(): Promise<void> {
    const begun = performance.now();
    const neighbour = vscode.extensions.getExtension<unknown>(yamlNeighbour);
    this.#hadNeighbour = neighbour !== undefined;
    if (neighbour === undefined) this.#neighbourItem?.dispose();
    const client = await this.#createClient(this.#hadNeighbour);
    this.#client = client;
    this.#enterRules = this.#hadNeighbour ? undefined : setEnterRules();
    await client.start();
    this.#log.info(`the language server was ready in ${Math.round(performance.now() - begun)} ms`);
    if (neighbour !== undefined) void this.#agreeWith(neighbour);
  }

  async #createClient(hasNeighbour: boolean): Promise<QuietClient> {
    const { createErrorHandler, QuietClient } = await import('./quiet-client.ts');
    const module = this.#extension.asAbsolutePath(join('dist', 'language-server.js'));
    let hasRun = false;
    const client = new QuietClient(module, {
      documentSelector: selector,
      errorHandler: createErrorHandler({
        clock: systemClock,
        hasRun: () => hasRun,
        onGivenUp: (reason) => void this.#tellDown(reason),
      }),
      synchronize: { configurationSection: 'skiff' },
      initializationOptions: {
        schemas: this.#extension.asAbsolutePath(join('dist', 'schemas')),
        ...(hasNeighbour ? { formatting: false } : {}),
      },
      middleware: {
        provideCompletionItem: async (document, position, context, token, next) => {
          await this.#imagesFor(document.lineAt(position).text);
          const found = await next(document, position, context, token);
          return withManners(
            found,
            isCandidate(document) ? () => noWords(document, position) : undefined,
          );
        },
        provideCodeActions: async (document, range, context, token, next) =>
          showingOthers(await next(document, range, context, token), document),
        // Deploying a live object to where it comes from makes no sense.
        provideCodeLenses: async (document, token, next) =>
          document.uri.scheme === liveScheme ? [] : withGaps(await next(document, token)),
        workspace: {
          configuration: async (params, token, next) => {
            const sections = await next(params, token);
            if (!hasNeighbour || !Array.isArray(sections)) return sections;
            return sections.map((section: unknown, index) =>
              params.items[index]?.section === 'skiff' ? withoutSyntax(section) : section,
            );
          },
        },
      },
      outputChannel: this.#log,
      traceOutputChannel: this.#log,
    });
    // A server that came back after a crash knows nothing of the cluster.
    client.onReady(() => {
      hasRun = true;
      if (this.#client === client) this.#feed();
    });
    return client;
  }
}

/** What a fix changes in another file alone is shown after it: there is often more to fill in. */
function showingOthers(
  actions: (vscode.Command | vscode.CodeAction)[] | null | undefined,
  { uri }: vscode.TextDocument,
): (vscode.Command | vscode.CodeAction)[] {
  for (const action of actions ?? []) {
    if (!(action instanceof vscode.CodeAction) || action.command !== undefined) continue;
    const others = action.edit?.entries().map(([changed]) => changed) ?? [];
    const [first] = others;
    if (first === undefined || others.some((other) => other.toString() === uri.toString()))
      continue;
    action.command = { title: '', command: 'vscode.open', arguments: [first] };
  }
  return actions ?? [];
}

/** Who answers for what, behind the braces in the status bar. */
function neighbourStatus(
  { id }: vscode.Extension<unknown>,
  hasAgreed: boolean,
): vscode.LanguageStatusItem {
  const yaml = selector.filter(({ language }) => language === 'yaml');
  const item = vscode.languages.createLanguageStatusItem('skiff.neighbour', yaml);
  item.name = vscode.l10n.t('Skiff: Who Checks');
  item.text = vscode.l10n.t('Kubernetes manifests: Skiff');
  item.detail = vscode.l10n.t('YAML syntax, layout, other files: {0}', id);
  if (hasAgreed) return item;
  item.severity = vscode.LanguageStatusSeverity.Warning;
  item.text = vscode.l10n.t('Kubernetes manifests: Skiff, and another extension');
  item.detail = vscode.l10n.t('{0} cannot be asked to leave them to Skiff', id);
  return item;
}

function setEnterRules(): vscode.Disposable {
  const { Indent: indentAction } = vscode.IndentAction;
  return vscode.languages.setLanguageConfiguration('yaml', {
    onEnterRules: enterRules.map(({ beforeText, more }) => ({
      beforeText,
      action: more === undefined ? { indentAction } : { indentAction, appendText: more },
    })),
  });
}

/** The editor lays icon and text of a lens out as boxes, between which a plain space is nothing. */
function withGaps(lenses: vscode.CodeLens[] | null | undefined): vscode.CodeLens[] {
  for (const { command } of lenses ?? []) {
    if (command !== undefined) command.title = command.title.replace(/^(\$\([^)]*\)) /, '$1\u00a0');
  }
  return lenses ?? [];
}

/** A file that is to be written: whole objects are offered in it. */
function isBlank(document: vscode.TextDocument): boolean {
  const isOurs = document.languageId === 'yaml' && schemes.includes(document.uri.scheme);
  return isOurs && document.lineCount < 5 && !/\S/.test(document.getText());
}

function isCandidate(document: vscode.TextDocument): boolean {
  return (
    languages.includes(document.languageId) &&
    schemes.includes(document.uri.scheme) &&
    (isToolFile(document.uri.path) || looksLikeManifest(document.getText()))
  );
}
