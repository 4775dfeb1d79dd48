/** A node's status from the facts of the engine. Pure. */
import { timestamp } from '../../api/clock.ts';
import type { core, Node } from '../../api/types.ts';
import { kubernetesVersion } from '../../api/version.ts';
import type { EngineInfo, ImageInfo } from '../../engine/engine.ts';

export interface NodeFacts {
  readonly name: string;
  readonly address: string;
  readonly cpu: number;
  readonly memoryBytes: number;
  readonly maxPods: number;
  readonly info: EngineInfo | undefined;
  /** The engine's words when it does not answer. */
  readonly problem: string | undefined;
  readonly images: readonly ImageInfo[];
  readonly previous: Node | undefined;
  readonly now: number;
}

/** How many images a node lists. */
const maxImages = 50;

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/#NodeStatus */
export function nodeStatus(facts: NodeFacts): core.NodeStatus {
  const { previous, info } = facts;
  const own: Record<string, string> = {
    cpu: String(facts.cpu),
    memory: `${Math.floor(facts.memoryBytes / 1024)}Ki`,
    'ephemeral-storage': '100Gi',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    pods: String(facts.maxPods),
  };
  // Extended resources are announced by others in the capacity; the kubelet lets them be used.
  const capacity = { ...previous?.status?.capacity, ...own };
  return {
    capacity,
    allocatable: { ...capacity },
    conditions: nodeConditions(facts),
    addresses: [
      { type: 'InternalIP', address: facts.address },
      { type: 'Hostname', address: facts.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    ...(info === undefined ? {} : { nodeInfo: nodeInfo(facts.name, info) }),
    images: facts.images
      .filter(({ tags }) => tags.length > 0)
      .sort((a, b) => b.sizeBytes - a.sizeBytes)
      .slice(0, maxImages)
      .map(({ tags, sizeBytes }) => ({ names: [...tags].slice(0, 5), sizeBytes })),
  };
}

function nodeInfo(name: string, info: EngineInfo): core.NodeSystemInfo {
  return {
    machineID: name,
    systemUUID: name,
    bootID: name,
    kernelVersion: info.kernelVersion,
    osImage: info.operatingSystem,
    containerRuntimeVersion: `${info.name}://${info.version}`,
    kubeletVersion: kubernetesVersion,
    // Deprecated upstream, and still asked for by old clients.
    kubeProxyVersion: '',
    operatingSystem: info.os,
    architecture: info.architecture,
  };
}

/** Labels that every node has. */
export function nodeLabels(name: string, info: EngineInfo): Record<string, string> {
  return {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': info.os,
    'kubernetes.io/arch': info.architecture,
    'beta.kubernetes.io/os': info.os,
    'beta.kubernetes.io/arch': info.architecture,
    ...(info.simulated ? { 'skiff.dev/simulated': 'true' } : {}),
  };
}

function nodeConditions({ problem, previous, now }: NodeFacts): core.NodeCondition[] {
  const wanted: [string, 'True' | 'False', string, string][] = [
    [
      'MemoryPressure',
      'False',
      'KubeletHasSufficientMemory',
      'kubelet has sufficient memory available',
    ],
    ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    problem === undefined
      ? ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status']
      : ['Ready', 'False', 'KubeletNotReady', `container runtime is down: ${problem}`],
  ];
  return wanted.map(([type, status, reason, message]) => {
    const before = previous?.status?.conditions?.find((condition) => condition.type === type);
    return {
      type,
      status,
      lastHeartbeatTime: timestamp(now),
      lastTransitionTime:
        before?.status === status && before.lastTransitionTime !== undefined
          ? before.lastTransitionTime
          : timestamp(now),
      reason,
      message,
    };
  });
}

/** The part of a status whose change is worth a write at once. */
export function essence({ conditions, images: _, ...rest }: core.NodeStatus): string {
  const states = (conditions ?? []).map(({ type, status, reason }) => [type, status, reason]);
  return JSON.stringify([rest, states]);
}
