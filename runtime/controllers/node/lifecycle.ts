/**
 * Notices nodes that have fallen silent and says so in their conditions and taints. The kubelet
 * renews the node's Lease every few seconds; after 40 s without, Ready becomes Unknown.
 * https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller
 */
import { timestamp } from '../../api/clock.ts';
import type { core, Lease, Node, Pod } from '../../api/types.ts';
import { createEventRecorder } from '../../client/events.ts';
import { at, leases, nodes, pods } from '../../client/resources.ts';
import { findCondition } from '../kit/conditions.ts';
import type { ControllerContext } from '../kit/context.ts';
import { sameValue } from '../kit/equality.ts';
import { createLoop, tolerate } from '../kit/loop.ts';
import { podInformer } from '../kit/pods.ts';
import { updateStatus } from '../kit/status.ts';

const graceMs = 40_000;
const checkEveryMs = 5_000;
/** A check that comes so much too late was not the nodes' silence: the machine or we were asleep. */
const sleptMs = 20_000;
const stale: readonly string[] = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];
const notReady = 'node.kubernetes.io/not-ready';
const unreachable = 'node.kubernetes.io/unreachable';

/** Conditions that keep new pods away while they hold. */
const pressureTaints: Readonly<Record<string, string>> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure',
  DiskPressure: 'node.kubernetes.io/disk-pressure',
  PIDPressure: 'node.kubernetes.io/pid-pressure',
  NetworkUnavailable: 'node.kubernetes.io/network-unavailable',
};
const unschedulable = 'node.kubernetes.io/unschedulable';

/** Starts the controller. */
export function runNodeLifecycle(context: ControllerContext): void {
  const { client, clock, informers } = context;
  const loop = createLoop(context, 'node-lifecycle', 2);
  const events = createEventRecorder(client, clock, { component: 'node-controller' });
  const cache = informers.for<Node>(nodes);
  const beats = informers.for<Lease>(leases, { namespace: 'kube-node-lease' });
  const podCache = podInformer(informers);
  /** When we last saw a sign of life, by our own clock: the node's may be wrong. */
  const seen = new Map<string, number>();
  const alive = (name: string) => seen.set(name, clock.now());
  let checked = clock.now();
  // Kubernetes measures silence by a clock that stands still while the machine sleeps; ours does not.
  const forgiveSleep = () => {
    const now = clock.now();
    if (now - checked > checkEveryMs + sleptMs) for (const name of seen.keys()) seen.set(name, now);
    checked = now;
  };
  const enqueue = ({ metadata }: Node) => loop.queue.add(metadata.name);
  const tell = (node: Node, reason: string, what: string) => {
    const { name } = node.metadata;
    events.event(node, 'Normal', reason, `Node ${name} event: ${what.replace('%', name)}`);
  };
  cache.subscribe({
    added: (node) => {
      alive(node.metadata.name);
      tell(node, 'RegisteredNode', 'Registered Node % in Controller');
      enqueue(node);
    },
    updated: (node, previous) => {
      const beat = ({ status }: Node) =>
        findCondition(status?.conditions, 'Ready')?.lastHeartbeatTime;
      if (beat(node) !== beat(previous) && !isUnknown(node)) alive(node.metadata.name);
      enqueue(node);
    },
    deleted: (node) => {
      seen.delete(node.metadata.name);
      tell(node, 'RemovingNode', 'Removing Node % from Controller');
    },
  });
  const renewed = ({ metadata }: Lease) => {
    alive(metadata.name);
    const node = cache.get(metadata.name);
    if (node !== undefined && isUnknown(node)) enqueue(node);
  };
  beats.subscribe({ added: renewed, updated: renewed });
  loop.start([cache, beats, podCache], async (name) => {
    const node = cache.get(name);
    if (node === undefined) return;
    loop.queue.addAfter(name, checkEveryMs);
    forgiveSleep();
    const silent = clock.now() - (seen.get(name) ?? 0) > graceMs;
    const current = silent && !isUnknown(node) ? await markUnknown(context, node) : node;
    if (current !== node) {
      const message = `Node ${name} status is now: NodeNotReady`;
      events.event(current, 'Normal', 'NodeNotReady', message);
    }
    await writeTaints(context, current);
    // A kubelet that says itself that its node is not ready still speaks for its pods.
    if (isUnknown(current)) {
      for (const pod of podCache.byIndex('node', name)) {
        if (!(await markNotReady(context, pod))) continue;
        events.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
      }
    }
  });
}

function isUnknown({ status }: Node): boolean {
  return findCondition(status?.conditions, 'Ready')?.status === 'Unknown';
}

function markUnknown({ client, clock }: ControllerContext, node: Node): Promise<Node> {
  const now = timestamp(clock.now());
  const known = node.status?.conditions ?? [];
  const conditions: core.NodeCondition[] = known.map((condition) =>
    stale.includes(condition.type)
      ? {
          ...condition,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          lastTransitionTime: now,
        }
      : condition,
  );
  if (findCondition(known, 'Ready') === undefined) {
    conditions.push({
      type: 'Ready',
      status: 'Unknown',
      reason: 'NodeStatusNeverUpdated',
      message: 'Kubelet never posted node status.',
      lastHeartbeatTime: node.metadata.creationTimestamp,
      lastTransitionTime: now,
    });
  }
  return updateStatus(client, nodes, node, { ...node.status, conditions });
}

/** Our taints follow the conditions; those of others stay. */
async function writeTaints({ client, clock }: ControllerContext, node: Node): Promise<void> {
  const wanted = wantedTaints(node);
  const ours = new Set([notReady, unreachable, unschedulable, ...Object.values(pressureTaints)]);
  const current = node.spec?.taints ?? [];
  const same = (a: core.Taint, b: core.Taint) => a.key === b.key && a.effect === b.effect;
  const kept = current.filter(
    (taint) => !ours.has(taint.key) || wanted.some((each) => same(each, taint)),
  );
  const now = timestamp(clock.now());
  const added = wanted
    .filter((taint) => !current.some((each) => same(each, taint)))
    .map((taint) => ({ ...taint, timeAdded: now }));
  const taints = [...kept, ...added];
  if (sameValue(taints, current)) return;
  const { name, resourceVersion } = node.metadata;
  const patch = { metadata: { resourceVersion }, spec: { taints } };
  await tolerate(client.patch(at(nodes, name), 'merge', patch), 'NotFound');
}

function wantedTaints(node: Node): core.Taint[] {
  const { conditions } = node.status ?? {};
  const taints: core.Taint[] = [];
  const ready = findCondition(conditions, 'Ready')?.status;
  const key = ready === 'Unknown' ? unreachable : ready === 'True' ? undefined : notReady;
  if (key !== undefined) {
    taints.push({ key, effect: 'NoSchedule' }, { key, effect: 'NoExecute' });
  }
  for (const [type, taint] of Object.entries(pressureTaints)) {
    const status = findCondition(conditions, type)?.status;
    if (status === 'True') taints.push({ key: taint, effect: 'NoSchedule' });
  }
  if (node.spec?.unschedulable) taints.push({ key: unschedulable, effect: 'NoSchedule' });
  return taints;
}

/** Traffic must not go to pods of which nobody knows whether they live. True: the pod was ready until now. */
async function markNotReady({ client, clock }: ControllerContext, pod: Pod): Promise<boolean> {
  const { name, namespace } = pod.metadata;
  const { conditions = [] } = pod.status ?? {};
  if (findCondition(conditions, 'Ready')?.status !== 'True') return false;
  const next = conditions.map((condition) =>
    condition.type === 'Ready'
      ? { ...condition, status: 'False', lastTransitionTime: timestamp(clock.now()) }
      : condition,
  );
  const { resourceVersion } = pod.metadata;
  const patch = { metadata: { resourceVersion }, status: { conditions: next } };
  const written = client.patch(at(pods, name, namespace, 'status'), 'merge', patch);
  return (await tolerate(written, 'NotFound', 'Conflict')) !== undefined;
}
