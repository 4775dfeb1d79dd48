/**
 * Which context the person works with and how that goes. Nothing is started or dialled before
 * somebody looks (`connect`) or runs a command. The embedded cluster is one more context: only how
 * it is found (its own `status`) and started differs.
 */
import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import {
  type Kubeconfig,
  KubeconfigError,
  kubeconfigPaths,
  loadKubeconfig,
} from '../../runtime/client/kubeconfig.ts';
import { contextKeys } from '../ids.ts';
import { settings } from '../settings.ts';
import { connectionProblem } from './connection-problem.ts';
import { EmbeddedCluster, RuntimeError } from './embedded.ts';
import { openSession, type Session } from './session.ts';

export type ConnectionState =
  | { state: 'idle' }
  | { state: 'untrusted' }
  | { state: 'stopped' }
  | { state: 'noEngine'; reason: string }
  | { state: 'starting'; step: string }
  | { state: 'stopping' }
  | { state: 'connecting' }
  | { state: 'connected'; session: Session }
  /** `isRetried` where it is tried again without being asked. */
  | { state: 'unreachable'; reason: string; isRetried: boolean; session?: Session };

export type Selection = { kind: 'embedded' } | { kind: 'kubeconfig'; name: string };

const selectionKey = 'skiff.selection';
const namespaceKey = 'skiff.namespaces';
const probeMs = 15_000;
const probeSoonMs = 500;
const retryMs = 3_000;
const longestRetryMs = 60_000;

export class Connections implements vscode.Disposable {
  readonly #storage: vscode.Memento;
  readonly #log: vscode.LogOutputChannel;
  readonly #program: string;
  readonly #changed = new vscode.EventEmitter<ConnectionState>();
  readonly #namespaceChanged = new vscode.EventEmitter<string>();
  readonly onDidChange = this.#changed.event;
  readonly onDidChangeNamespace = this.#namespaceChanged.event;
  #state: ConnectionState = { state: 'idle' };
  #connecting: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** When `#timer` strikes. */
  #probeAt = 0;
  #watcher: FSWatcher | undefined;
  #watchedDirectory = '';
  /** Rises with every change of selection: what began before it must not end after it. */
  #generation = 0;

  constructor(config: { storage: vscode.Memento; log: vscode.LogOutputChannel; program: string }) {
    this.#storage = config.storage;
    this.#log = config.log;
    this.#program = config.program;
    this.#publish();
  }

  dispose(): void {
    this.#drop();
    this.#watcher?.close();
    this.#changed.dispose();
    this.#namespaceChanged.dispose();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get session(): Session | undefined {
    return this.#state.state === 'connected' ? this.#state.session : undefined;
  }

  get selection(): Selection {
    return this.#storage.get<Selection>(selectionKey) ?? { kind: 'embedded' };
  }

  /** What to call the selected context before it is connected. */
  get contextName(): string {
    const selection = this.selection;
    if (this.session !== undefined) return this.session.context;
    return selection.kind === 'embedded' ? `skiff-${settings.clusterName()}` : selection.name;
  }

  /** The namespace in use: the one selected for this context, or the context's own. */
  get namespace(): string {
    const chosen = this.#storage.get<Record<string, string>>(namespaceKey) ?? {};
    return chosen[this.contextName] ?? this.session?.namespace ?? 'default';
  }

  async selectNamespace(namespace: string): Promise<void> {
    const chosen = this.#storage.get<Record<string, string>>(namespaceKey) ?? {};
    await this.#storage.update(namespaceKey, { ...chosen, [this.contextName]: namespace });
    this.#namespaceChanged.fire(namespace);
  }

  /** The embedded cluster as the settings name it now. */
  embedded(): EmbeddedCluster {
    return new EmbeddedCluster({
      program: this.#program,
      nodePath: settings.nodePath(),
      name: settings.clusterName(),
      baseImage: settings.baseImage(),
      log: (line) => this.#log.info(line),
    });
  }

  /** The contexts of the person's own kubeconfig; read anew, never written. */
  async kubeconfig(): Promise<Kubeconfig> {
    const path = settings.kubeconfig();
    const kubeconfig = await loadKubeconfig(path === '' ? kubeconfigPaths() : [path]);
    for (const problem of kubeconfig.problems) this.#log.warn(problem);
    return kubeconfig;
  }

  async select(selection: Selection): Promise<void> {
    await this.#storage.update(selectionKey, selection);
    await this.reconnect();
  }

  /** Selects by a context's name: the cluster that Skiff runs, or else one of the kubeconfig. */
  selectNamed(name: string): Promise<void> {
    const isEmbedded = name === `skiff-${settings.clusterName()}`;
    return this.select(isEmbedded ? { kind: 'embedded' } : { kind: 'kubeconfig', name });
  }

  /** Connects unless that has been done or tried. */
  connect(): Promise<void> {
    if (this.#state.state !== 'idle' && this.#state.state !== 'untrusted') {
      return this.#connecting ?? Promise.resolve();
    }
    return this.reconnect();
  }

  /** Begins anew, whatever the state. Failures become states; never rejects. */
  reconnect(): Promise<void> {
    this.#drop();
    const generation = ++this.#generation;
    if (!vscode.workspace.isTrusted) {
      this.#set({ state: 'untrusted' });
      return Promise.resolve();
    }
    this.#set({ state: 'connecting' });
    const connecting = this.#connect(generation).finally(() => {
      if (this.#connecting === connecting) this.#connecting = undefined;
    });
    this.#connecting = connecting;
    return connecting;
  }

  /** For commands that start or stop the cluster: what the view shows meanwhile. */
  show(state: Extract<ConnectionState, { state: 'starting' | 'stopping' | 'noEngine' }>): void {
    if (state.state !== 'noEngine') {
      this.#generation++;
      this.#drop();
    }
    this.#set(state);
  }

  async #connect(generation: number, waitMs = retryMs): Promise<void> {
    const selection = this.selection;
    try {
      const found = await this.#find(selection);
      if (generation !== this.#generation) return;
      if (found === undefined) return this.#set({ state: 'stopped' });
      const session = await openSession(found.kubeconfig, found.context, {
        embedded: selection.kind === 'embedded',
        simulated: found.simulated,
      });
      if (generation !== this.#generation) return session.close();
      this.#log.info(`connected to ${session.context} (${session.server}, ${session.version})`);
      session.onWatchError((error, resource) => {
        this.#log.debug(`${resource.resource}: ${error instanceof Error ? error.message : error}`);
        if (this.#state.state === 'connected') this.#probeIn(probeSoonMs, session);
      });
      this.#set({ state: 'connected', session });
      this.#probeIn(probeMs, session);
    } catch (error) {
      if (generation !== this.#generation) return;
      const { reason, mayPass: isRetried } = connectionProblem(error, this.contextName);
      this.#log.warn(`${this.contextName}: ${reason}`);
      if (error instanceof RuntimeError && error.isMissingEngine) {
        this.#set({ state: 'noEngine', reason });
      } else {
        const { state } = this.#state;
        // Trying again in vain is no news.
        if (state !== 'unreachable') this.#set({ state: 'unreachable', reason, isRetried });
        if (isRetried) this.#connectIn(waitMs, generation);
      }
    }
  }

  /** Without a session there is nothing to probe: begins anew, ever more seldom. */
  #connectIn(ms: number, generation: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (generation !== this.#generation) return;
      void this.#connect(generation, Math.min(2 * ms, longestRetryMs));
    }, ms);
  }

  /** Where the context is; undefined where it is the embedded cluster and that is not running. */
  async #find(
    selection: Selection,
  ): Promise<{ kubeconfig: Kubeconfig; context: string; simulated: boolean } | undefined> {
    if (selection.kind === 'kubeconfig') {
      const kubeconfig = await this.kubeconfig();
      const isThere = kubeconfig.contexts.some(({ name }) => name === selection.name);
      // A file that cannot be read is the reason, not a context that it may well have.
      if (!isThere && kubeconfig.problems.length > 0)
        throw new KubeconfigError(kubeconfig.problems.join('; '));
      return { kubeconfig, context: selection.name, simulated: false };
    }
    const status = await this.embedded().status();
    this.#watchForStart(status.kubeconfig);
    if (!EmbeddedCluster.isRunning(status) || status.kubeconfig === undefined) return undefined;
    const kubeconfig = await loadKubeconfig([status.kubeconfig]);
    const context = status.context ?? kubeconfig.currentContext;
    if (context === undefined) throw new Error(`${status.kubeconfig} names no context`);
    return { kubeconfig, context, simulated: status.engine?.simulated === true };
  }

  /** A cluster that somebody starts or stops in a terminal shows up here without being asked for. */
  #watchForStart(kubeconfigPath: string | undefined): void {
    if (kubeconfigPath === undefined || dirname(kubeconfigPath) === this.#watchedDirectory) return;
    this.#watcher?.close();
    this.#watchedDirectory = dirname(kubeconfigPath);
    try {
      let soon: NodeJS.Timeout | undefined;
      this.#watcher = watch(this.#watchedDirectory, (_event, file) => {
        if (file !== null && !/^(runtime\.pid|kubeconfig)$/.test(file)) return;
        clearTimeout(soon);
        soon = setTimeout(() => {
          const { state } = this.#state;
          if (
            this.selection.kind === 'embedded' &&
            (state === 'stopped' || state === 'unreachable')
          ) {
            void this.reconnect();
          }
        }, 1000);
      });
      this.#watcher.on('error', () => {});
    } catch {
      // The directory is not there before the first start: then there is nothing to watch.
      this.#watchedDirectory = '';
    }
  }

  #probeIn(ms: number, session: Session): void {
    // Every watch that ends asks for a probe soon; none of them may put it off.
    const at = Date.now() + ms;
    if (this.#timer !== undefined && this.#probeAt <= at) return;
    clearTimeout(this.#timer);
    this.#probeAt = at;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#probe(session);
    }, ms);
  }

  /** Asks whether the server still answers, and looks for it again where it does not. */
  async #probe(session: Session): Promise<void> {
    const current = this.#state;
    if (!('session' in current) || current.session !== session) return;
    try {
      await session.client.raw('/version');
      if (this.#state !== current) return;
      if (current.state === 'unreachable') this.#set({ state: 'connected', session });
      this.#probeIn(probeMs, session);
    } catch (error) {
      if (this.#state !== current) return;
      const { reason, mayPass: isRetried } = connectionProblem(error, session.context);
      if (session.embedded && (await this.#hasStopped(session))) {
        if (this.#state === current) void this.reconnect();
        return;
      }
      if (this.#state !== current) return;
      if (current.state === 'connected') {
        this.#log.warn(`${session.context} does not answer: ${reason}`);
        this.#set({ state: 'unreachable', reason, isRetried, session });
      }
      this.#probeIn(retryMs, session);
    }
  }

  async #hasStopped(session: Session): Promise<boolean> {
    try {
      const status = await this.embedded().status();
      // Another port or other certificates mean another run: the session is of no use any more.
      return !EmbeddedCluster.isRunning(status) || status.server !== session.server;
    } catch {
      return false;
    }
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if ('session' in this.#state) this.#state.session?.close();
    this.#state = { state: 'idle' };
  }

  #set(state: ConnectionState): void {
    this.#state = state;
    this.#publish();
    this.#changed.fire(state);
  }

  #publish(): void {
    const set = (key: string, value: unknown) =>
      void vscode.commands.executeCommand('setContext', key, value);
    set(contextKeys.state, this.#state.state);
    set(contextKeys.embedded, this.selection.kind === 'embedded');
  }
}
