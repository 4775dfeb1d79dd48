/**
 * Gives every pod a node: takes the next pod from the queue, finds the nodes that would do
 * (`filters/`), the best of them (`scores.ts`), counts the pod there and writes the binding in the
 * background while the next pod is decided. What cannot be placed is said in the pod's condition
 * PodScheduled and in an event, and tried again when something happens that could help.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
 */
import type { Clock } from '../api/clock.ts';
import { isApiError } from '../api/status.ts';
import type { Namespace, Node, Pod, PodDisruptionBudget } from '../api/types.ts';
import type { Client } from '../client/client.ts';
import { createEventRecorder, type EventRecorder } from '../client/events.ts';
import type { Informer, Informers } from '../client/informer.ts';
import { namespaces, nodes, podDisruptionBudgets, pods } from '../client/resources.ts';
import { bindPod, bindVolumes } from './binding.ts';
import { budgetCheck } from './budgets.ts';
import { ClusterState, describePod, type NodeState, type PlacedPod } from './cluster-state.ts';
import { explain, findNodes, type Search, wantsRoom } from './decide.ts';
import { evictVictims } from './eviction.ts';
import { reportUnschedulable } from './failure.ts';
import type { Filter } from './filters/filter.ts';
import { nodeAffinity, nodeName, nodeUnschedulable, taintToleration } from './filters/node.ts';
import { interPodAffinity } from './filters/pod-affinity.ts';
import { nodePorts, nodeResourcesFit } from './filters/room.ts';
import { podTopologySpread } from './filters/spread.ts';
import { claimNames, volumeBinding } from './filters/volumes.ts';
import { findVictims } from './preemption.ts';
import { SchedulingQueue } from './queue.ts';
import { bestNode } from './scores.ts';
import { createStorageView, type Storage } from './storage-view.ts';

export interface SchedulerOptions {
  client: Client;
  informers: Informers;
  clock: Clock;
  signal: AbortSignal;
  /** From 0 up to 1; breaks ties between equally good nodes. */
  random: () => number;
  log: (message: string) => void;
  /** Pods that name another scheduler are left alone. Default: `default-scheduler`. */
  name?: string;
}

/** After so many nodes looked at, other work in this process gets a turn. */
const nodesPerTurn = 2_000;
/** Pods that stop waiting by themselves are looked for this often. */
const flushEveryMs = 30_000;

/** Starts scheduling; stops with the signal. Errors are logged, never thrown. */
export function runScheduler(options: SchedulerOptions): void {
  const scheduler = new Scheduler(options);
  scheduler.follow();
  void scheduler.run().catch((error) => options.log(`scheduler stopped: ${String(error)}`));
}

class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #events: EventRecorder;
  readonly #queue: SchedulingQueue;
  readonly #state: ClusterState;
  readonly #storage: Storage;
  readonly #filters: readonly Filter[];
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<Node>;
  readonly #namespaces: Informer<Namespace>;
  readonly #budgets: Informer<PodDisruptionBudget>;
  /** Where the next search begins, so that all nodes get their share. */
  #start = 0;

  constructor(options: SchedulerOptions) {
    const { client, clock, informers, name = 'default-scheduler' } = options;
    this.#options = options;
    this.#events = createEventRecorder(client, clock, { component: name });
    this.#queue = new SchedulingQueue(clock);
    this.#pods = informers.for<Pod>(pods);
    this.#nodes = informers.for<Node>(nodes);
    this.#namespaces = informers.for<Namespace>(namespaces);
    this.#budgets = informers.for<PodDisruptionBudget>(podDisruptionBudgets);
    this.#storage = createStorageView(informers);
    this.#state = new ClusterState({
      namespaceLabels: (namespace) => this.#namespaces.get(namespace)?.metadata.labels ?? {},
    });
    // Cheap and likely to refuse first.
    this.#filters = [
      nodeUnschedulable,
      nodeName,
      taintToleration,
      nodeAffinity,
      nodePorts,
      nodeResourcesFit,
      volumeBinding(this.#storage),
      podTopologySpread,
      interPodAffinity,
    ];
  }

  /** Keeps state and queue in step with the API server. */
  follow(): void {
    this.#nodes.subscribe({
      added: (node) => this.#nodeChanged(node),
      updated: (node, previous) => {
        if (matters(node, previous)) this.#nodeChanged(node);
      },
      deleted: (node) => this.#state.removeNode(node.metadata.name),
    });
    this.#pods.subscribe({
      added: (pod) => this.#podSeen(pod),
      updated: (pod, previous) => this.#podSeen(pod, previous),
      deleted: (pod) => this.#podGone(pod),
    });
    const usesVolumes = (pod: Pod) => claimNames(pod).length > 0;
    this.#storage.onChange(() => this.#queue.stir(usesVolumes));
  }

  async run(): Promise<void> {
    const { signal, clock } = this.#options;
    const synced = [
      this.#pods,
      this.#nodes,
      this.#namespaces,
      this.#budgets,
      ...this.#storage.informers,
    ];
    await Promise.all(synced.map((informer) => informer.synced));
    const flush = () => {
      this.#queue.flush();
      if (!signal.aborted) stopFlushing = clock.after(flushEveryMs, flush);
    };
    let stopFlushing = clock.after(flushEveryMs, flush);
    signal.addEventListener('abort', () => stopFlushing(), { once: true });
    let looked = 0;
    while (!signal.aborted) {
      const pod = this.#queue.take();
      if (pod === undefined) {
        await this.#queue.wait(signal);
        continue;
      }
      looked += 1 + this.#decide(pod);
      if (looked < nodesPerTurn) continue;
      looked = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #nodeChanged(node: Node): void {
    this.#state.setNode(node);
    this.#queue.stir();
  }

  #podSeen(pod: Pod, previous?: Pod): void {
    const { uid } = pod.metadata;
    const { phase } = pod.status ?? {};
    if (phase === 'Succeeded' || phase === 'Failed') {
      this.#podGone(pod);
      return;
    }
    if (pod.spec.nodeName !== undefined && pod.spec.nodeName !== '') {
      this.#queue.remove(uid);
      this.#state.clearNomination(uid);
      this.#state.setPod(pod);
      // A pod that has come somewhere can be the company that others wait for.
      if (previous?.spec.nodeName !== pod.spec.nodeName) {
        this.#queue.stir((waiting) => waiting.spec.affinity?.podAffinity !== undefined);
      }
      return;
    }
    if (!this.#isOurs(pod)) {
      this.#queue.remove(uid);
      return;
    }
    if (this.#state.nodeOf(uid) !== undefined) return; // assumed; the binding is on its way
    // Only status was written (by us, as a rule) while the generation stayed.
    const changed =
      previous !== undefined &&
      (previous.metadata.generation !== pod.metadata.generation ||
        (previous.spec !== pod.spec && JSON.stringify(previous.spec) !== JSON.stringify(pod.spec)));
    this.#queue.put(pod, changed);
  }

  #isOurs(pod: Pod): boolean {
    const { name = 'default-scheduler' } = this.#options;
    return (
      pod.metadata.deletionTimestamp === undefined &&
      (pod.spec.schedulerName ?? 'default-scheduler') === name &&
      (pod.spec.schedulingGates ?? []).length === 0
    );
  }

  #podGone(pod: Pod): void {
    const { uid } = pod.metadata;
    this.#queue.remove(uid);
    this.#state.clearNomination(uid);
    if (this.#state.nodeOf(uid) === undefined) return;
    this.#state.forget(uid);
    this.#queue.roomMade();
  }

  /** Decides one pod; gives the number of nodes that were looked at. */
  #decide(pod: Pod): number {
    const { random } = this.#options;
    const state = this.#state;
    const placed = describePod(pod);
    const changes = this.#queue.changes;
    const search = findNodes(placed, state, this.#filters, this.#start);
    if (search.kind !== 'feasible') {
      void this.#fail(placed, search, changes);
      return state.nodes.length;
    }
    this.#start = (this.#start + search.looked) % Math.max(1, state.nodes.length);
    const node = bestNode(placed, search.nodes, state, random);
    if (node === undefined) return search.looked;
    state.assume(placed, node.name);
    void this.#bind(placed, node);
    return search.looked;
  }

  async #bind(placed: PlacedPod, node: NodeState): Promise<void> {
    const { client, clock, log } = this.#options;
    const { pod } = placed;
    const { namespace, name, uid } = pod.metadata;
    const changes = this.#queue.changes;
    try {
      if (claimNames(pod).length > 0) await bindVolumes(client, this.#storage, clock, pod, node);
      await bindPod(client, pod, node.name);
      this.#queue.remove(uid);
      const message = `Successfully assigned ${namespace}/${name} to ${node.name}`;
      this.#events.event(pod, 'Normal', 'Scheduled', message);
    } catch (error) {
      const current = this.#pods.get(name, namespace);
      const elsewhere = current?.metadata.uid === uid && current.spec.nodeName !== undefined;
      if (!elsewhere) this.#state.forget(uid);
      if (isApiError(error, 'NotFound')) {
        this.#queue.remove(uid);
        return;
      }
      if (!isApiError(error, 'Conflict')) log(`binding ${namespace}/${name}: ${String(error)}`);
      this.#queue.failed(uid, { changesBefore: changes, transient: true });
      this.#queue.stir();
    }
  }

  /** Says why, and makes room if the pod may. */
  async #fail(placed: PlacedPod, search: Search, changes: number): Promise<void> {
    const { client, clock, log } = this.#options;
    const { pod } = placed;
    const { uid, name, namespace } = pod.metadata;
    const total = this.#state.nodes.length;
    const budgets = budgetCheck(this.#budgets.list());
    const preemption =
      total === 0 ? undefined : findVictims(placed, this.#state, search, this.#filters, budgets);
    const message = explain(
      total,
      search,
      preemption?.kind === 'none' ? preemption.message : undefined,
    );
    this.#queue.failed(uid, { changesBefore: changes, wantsRoom: wantsRoom(search) });
    try {
      this.#events.event(pod, 'Warning', 'FailedScheduling', message);
      const nominee = preemption?.kind === 'victims' ? preemption.node : undefined;
      if (preemption?.kind === 'victims') {
        this.#state.nominate(placed, preemption.node);
      }
      await reportUnschedulable(client, clock, pod, message, nominee?.name);
      if (preemption?.kind === 'victims') {
        await evictVictims({ client, clock, events: this.#events }, pod, preemption);
      }
    } catch (error) {
      if (!isApiError(error, 'NotFound', 'Conflict')) {
        log(`reporting on ${namespace}/${name}: ${String(error)}`);
      }
    }
  }
}

/** Node heartbeats are many and change nothing that a pod could wait for. */
function matters(next: Node, previous: Node): boolean {
  const facts = ({ metadata, spec, status }: Node) =>
    JSON.stringify([metadata.labels, spec, status?.allocatable, status?.capacity]);
  return facts(next) !== facts(previous);
}
