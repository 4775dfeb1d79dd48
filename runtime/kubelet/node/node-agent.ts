/**
 * Announces the node and says every ten seconds that it lives: a Lease each time, the node's status
 * when it has changed and every five minutes.
 * https://kubernetes.io/docs/concepts/architecture/nodes/#heartbeats
 */
import { microTimestamp } from '../../api/clock.ts';
import type { KubeObject } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import type { Lease, Node } from '../../api/types.ts';
import { at, leases, nodes } from '../../client/resources.ts';
import type { EngineInfo, ImageInfo } from '../../engine/engine.ts';
import { fetchObject, type KubeletContext, messageOf } from '../context.ts';
import { essence, nodeLabels, nodeStatus } from './node-status.ts';

const heartbeatMs = 10_000;
const reportMs = 300_000;
const leaseSeconds = 40;
const leaseNamespace = 'kube-node-lease';

export interface NodeAgent {
  /** As last seen. */
  node(): Node | undefined;
}

type AgentContext = Pick<
  KubeletContext,
  'client' | 'engine' | 'clock' | 'log' | 'signal' | 'node' | 'recorder'
>;

/** Registers the node and begins the heartbeats. Throws ApiError if the node cannot be registered. */
export async function startNodeAgent(context: AgentContext): Promise<NodeAgent> {
  const agent = new Agent(context);
  await agent.register();
  void agent.run();
  return { node: () => agent.node };
}

type NodeStatus = NonNullable<Node['status']>;

class Agent {
  node: Node | undefined;
  readonly #context: AgentContext;
  #info: EngineInfo | undefined;
  #problem: string | undefined;
  #images: ImageInfo[] = [];
  #lastEssence = '';
  #lastReport = Number.NEGATIVE_INFINITY;

  constructor(context: AgentContext) {
    this.#context = context;
  }

  async register(): Promise<void> {
    const { client, node, engine } = this.#context;
    this.#info = await engine.info();
    const labels = { ...nodeLabels(node.name, this.#info), ...node.labels };
    const found = await fetchObject<Node>(client, nodes, node.name);
    if (found === undefined) {
      this.node = await client.create<Node>(nodes, {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: {
          name: node.name,
          labels,
          annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
        },
        spec: {},
      } as KubeObject);
    } else {
      this.node = await client.patch<Node>(at(nodes, node.name), 'merge', {
        metadata: { labels },
      });
    }
    this.#event('Starting', 'Starting kubelet.');
    await this.#beat();
  }

  async run(): Promise<void> {
    const { clock, signal, log } = this.#context;
    while (!signal.aborted) {
      await clock.sleep(heartbeatMs, signal).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#beat();
      } catch (error) {
        log(`heartbeat failed: ${messageOf(error)}`);
      }
    }
  }

  async #beat(): Promise<void> {
    await this.#askEngine();
    await this.#renewLease();
    await this.#report();
  }

  async #askEngine(): Promise<void> {
    const { engine } = this.#context;
    try {
      this.#info = await engine.info();
      this.#problem = undefined;
    } catch (error) {
      this.#problem = messageOf(error);
    }
  }

  async #renewLease(): Promise<void> {
    const { client, clock, node } = this.#context;
    const renewTime = microTimestamp(clock.now());
    const target = at(leases, node.name, leaseNamespace);
    try {
      await client.patch<Lease>(target, 'merge', { spec: { renewTime } });
    } catch (error) {
      if (!isApiError(error, 'NotFound')) throw error;
      await client.create({ ...leases, namespace: leaseNamespace }, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: {
          name: node.name,
          namespace: leaseNamespace,
          ownerReferences: [
            { apiVersion: 'v1', kind: 'Node', name: node.name, uid: this.node?.metadata.uid ?? '' },
          ],
        },
        spec: { holderIdentity: node.name, leaseDurationSeconds: leaseSeconds, renewTime },
      } as KubeObject);
    }
  }

  async #report(): Promise<void> {
    const { client, clock, engine, node } = this.#context;
    const found = await fetchObject<Node>(client, nodes, node.name);
    // Somebody has deleted the node: a kubelet that lives announces it again.
    if (found === undefined) return this.register();
    this.node = found;
    const now = clock.now();
    const due = now - this.#lastReport >= reportMs;
    if (due && this.#problem === undefined) this.#images = await engine.images().catch(() => []);
    const status = nodeStatus({
      ...node,
      info: this.#info,
      problem: this.#problem,
      images: this.#images,
      previous: found,
      now,
    });
    if (!due && essence(status) === this.#lastEssence && readyAsTold(found, status)) return;
    this.node = await client.patch<Node>(at(nodes, node.name, undefined, 'status'), 'strategic', {
      status: { ...status, allocatable: { ...withdrawn(found, status), ...status.allocatable } },
    });
    if (readiness(found.status) !== readiness(status)) {
      const ready = readiness(status) === 'True';
      const reason = ready ? 'NodeReady' : 'NodeNotReady';
      this.#event(reason, `Node ${node.name} status is now: ${reason}`);
    }
    this.#lastEssence = essence(status);
    this.#lastReport = now;
  }

  #event(reason: string, message: string): void {
    if (this.node !== undefined) {
      this.#context.recorder.event(this.node, 'Normal', reason, message);
    }
  }
}

/** Nulls for what the node offered and has no more: a merge would let it stand. */
function withdrawn(found: Node, { allocatable = {} }: NodeStatus): Record<string, null> {
  const names = Object.keys(found.status?.allocatable ?? {}).filter(
    (name) => !(name in allocatable),
  );
  return Object.fromEntries(names.map((name) => [name, null]));
}

/** False if somebody (the node controller) has meanwhile said otherwise. */
function readyAsTold({ status }: Node, own: NodeStatus): boolean {
  return readiness(status) === readiness(own);
}

function readiness(status: Node['status']): string | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}
