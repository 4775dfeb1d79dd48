/** Resource amounts of containers as the engine takes them. Pure. */
import { qosClassOf } from '../../api/qos.ts';
import { parseQuantity, toMilli, toNumber } from '../../api/quantity.ts';
import type { core, Pod } from '../../api/types.ts';
import type { ContainerConfig } from '../../engine/engine.ts';

/** CPU in thousandths of a core. Undefined if the text is missing or no quantity. */
export function milliCpu(text: string | undefined): number | undefined {
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity === undefined ? undefined : Math.ceil(toMilli(quantity));
}

/** Undefined if the text is missing or no quantity. */
export function wholeNumber(text: string | undefined): number | undefined {
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity === undefined ? undefined : Math.ceil(toNumber(quantity));
}

/**
 * Who is killed first when memory runs out: BestEffort, then Burstable by how little of the node it
 * asked for, Guaranteed last.
 */
export function oomScoreOf(pod: Pod, container: core.Container, nodeMemoryBytes: number): number {
  if (pod.spec.priorityClassName === 'system-node-critical') return -997;
  const qos = qosClassOf(pod.spec);
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const request = wholeNumber(container.resources?.requests?.memory) ?? 0;
  const score = 1000 - Math.floor((1000 * request) / nodeMemoryBytes);
  return Math.min(999, Math.max(3, score));
}

/** The cgroup figures: shares from the request, quota and memory from the limits. */
export function engineResources({
  resources = {},
}: core.Container): Required<Pick<ContainerConfig, 'cpuShares'>> &
  Pick<ContainerConfig, 'cpuQuota' | 'memoryBytes'> {
  const limit = milliCpu(resources.limits?.cpu);
  const request = milliCpu(resources.requests?.cpu) ?? limit ?? 0;
  const memory = wholeNumber(resources.limits?.memory);
  return {
    cpuShares: Math.min(262_144, Math.max(2, Math.floor((request * 1024) / 1000))),
    // Less than 1 ms per 100 ms the kernel does not take.
    ...(limit === undefined || limit === 0 ? {} : { cpuQuota: Math.max(1_000, limit * 100) }),
    ...(memory === undefined || memory === 0 ? {} : { memoryBytes: memory }),
  };
}
