/** A panel that follows the workloads of a deployment until they are there, and on. */
import type * as vscode from 'vscode';
import type {
  AppliedObject,
  RolloutFromPage,
  RolloutTarget,
  RolloutToPage,
} from '../../media/messages.ts';
import { systemClock } from '../../runtime/api/clock.ts';
import type { KubeObject } from '../../runtime/api/object.ts';
import type { CoreEvent, Pod, ReplicaSet } from '../../runtime/api/types.ts';
import type { Informer } from '../../runtime/client/informer.ts';
import {
  daemonSets,
  deployments,
  events,
  jobs,
  pods,
  replicaSets,
  statefulSets,
} from '../../runtime/client/resources.ts';
import type { Session } from '../clusters/session.ts';
import { connectionMessage, type PageConnection } from './page-connection.ts';
import { keyOfTarget, type Rolled, rolloutView } from './rollout-view.ts';

export interface RolloutPanelConfig extends PageConnection {
  panel: vscode.WebviewPanel;
  target: RolloutTarget;
  /** Pressed in the page, for one workload and perhaps one of its pods. */
  onAction: (
    action: 'rollback' | 'logs' | 'details',
    workload: RolloutTarget['workloads'][number],
    pod: string | undefined,
  ) => void;
  /** The manifest of an applied object is asked for. */
  onSource: (source: NonNullable<AppliedObject['source']>) => void;
  log: vscode.LogOutputChannel;
}

const batchMs = 120;
const tickMs = 1_000;

/** The resources that have rollouts, by name. */
export const rolledResources = [deployments, statefulSets, daemonSets, jobs, pods];

export class RolloutPanel {
  readonly #config: RolloutPanelConfig;
  #startedMs = systemClock.now();
  /** Stands still once all is done, so that the page says how long it took. */
  #endedMs: number | undefined;
  #draw: (() => void) | undefined;
  #pending: (() => void) | undefined;
  #tick: NodeJS.Timeout | undefined;
  #stops: (() => void)[] = [];

  constructor(config: RolloutPanelConfig) {
    this.#config = config;
    config.panel.webview.onDidReceiveMessage((message: RolloutFromPage) => this.#receive(message));
    config.panel.onDidDispose(() => this.#stop());
  }

  get target(): RolloutTarget {
    return this.#config.target;
  }

  /** The same files were deployed once more: begin counting anew. */
  renew(target: RolloutTarget): void {
    this.#config.target = target;
    this.#startedMs = systemClock.now();
    this.#endedMs = undefined;
    void this.#follow();
  }

  /** Follows on in a new session, or where it could not before. */
  connectionChanged(isNewSession: boolean): void {
    this.#send(connectionMessage(this.#config));
    const isConnected = this.#config.disconnection() === undefined;
    if (isConnected && (isNewSession || this.#draw === undefined)) void this.#follow();
  }

  #receive(message: RolloutFromPage): void {
    if (message.type === 'ready') {
      this.#send(connectionMessage(this.#config));
      void this.#follow();
      return;
    }
    if (message.type === 'connect') {
      this.#config.onConnect();
      return;
    }
    if (message.type === 'source') {
      const source = this.target.applied[message.index]?.source;
      if (source !== undefined) this.#config.onSource(source);
      return;
    }
    const workload = this.target.workloads.find((named) => keyOfTarget(named) === message.key);
    if (workload === undefined) return;
    const pod = message.type === 'rollback' ? undefined : message.pod;
    this.#config.onAction(message.type, workload, pod);
  }

  async #follow(): Promise<void> {
    this.#stop();
    let session: Session;
    try {
      session = await this.#config.session();
    } catch (error) {
      this.#config.log.warn(`rollout: ${error instanceof Error ? error.message : error}`);
      return;
    }
    const look = this.#watch(session);
    this.#draw = () => {
      const now = systemClock.now();
      const view = rolloutView({
        target: this.target,
        startedMs: this.#startedMs,
        nowMs: now,
        ...look(),
      });
      if (view.state === 'progressing') this.#endedMs = undefined;
      else this.#endedMs ??= now;
      const seconds = Math.round(((this.#endedMs ?? now) - this.#startedMs) / 1000);
      this.#send({ type: 'view', view: { ...view, seconds }, target: this.target });
    };
    // Ages and the seconds go on when nothing else changes.
    this.#tick = setInterval(() => this.#schedule(), tickMs);
    this.#draw();
  }

  /** Informers of all that is shown, in the namespaces concerned; returns how to read them. */
  #watch(session: Session) {
    const namespaces = [...new Set(this.target.workloads.map((named) => named.namespace))];
    const each = <T extends KubeObject>(resource: typeof pods): Informer<T>[] =>
      namespaces.map((namespace) => {
        const informer = session.informers.for<T>(resource, { namespace });
        const changed = () => this.#schedule();
        this.#stops.push(
          informer.subscribe({ added: changed, updated: changed, deleted: changed }),
        );
        return informer;
      });
    const all = <T extends KubeObject>(informers: Informer<T>[]): T[] =>
      informers.flatMap((informer) => informer.list());
    const podInformers = each<Pod>(pods);
    const setInformers = each<ReplicaSet>(replicaSets);
    const eventInformers = each<CoreEvent>(events);
    const wanted = new Set(this.target.workloads.map((named) => named.resource));
    const rolled = rolledResources
      .filter(({ resource }) => wanted.has(resource))
      .map((resource) => ({ resource, informers: each<Rolled>(resource) }));
    return () => ({
      workloads: this.#workloads(rolled),
      pods: all(podInformers),
      replicaSets: all(setInformers),
      events: all(eventInformers),
    });
  }

  #workloads(
    rolled: readonly { resource: typeof pods; informers: Informer<Rolled>[] }[],
  ): Map<string, Rolled> {
    const found = new Map<string, Rolled>();
    for (const named of this.target.workloads) {
      const { informers = [], resource } =
        rolled.find((candidate) => candidate.resource.resource === named.resource) ?? {};
      for (const informer of informers) {
        const object = informer.get(named.name, named.namespace);
        // Items of a list carry no kind of their own.
        if (object !== undefined && resource !== undefined) {
          found.set(keyOfTarget(named), { ...object, kind: resource.kind });
        }
      }
    }
    return found;
  }

  #schedule(): void {
    this.#pending ??= systemClock.after(batchMs, () => {
      this.#pending = undefined;
      this.#draw?.();
    });
  }

  #stop(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.#draw = undefined;
    this.#pending?.();
    this.#pending = undefined;
    clearInterval(this.#tick);
  }

  #send(message: RolloutToPage): void {
    void this.#config.panel.webview.postMessage(message);
  }
}
