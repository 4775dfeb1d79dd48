/**
 * `/stats/summary`: what node, pods and containers use, without what is not measured here (network, file
 * systems). Pure.
 * https://kubernetes.io/docs/reference/instrumentation/node-metrics/#summary-api-source
 */
import { timestamp } from '../../api/clock.ts';
import { engineLabels } from '../../engine/engine.ts';
import { type PodUsage, sum, type Total } from './usage.ts';

export interface NodeFigures {
  readonly name: string;
  readonly memoryBytes: number;
  /** When the kubelet began, milliseconds since the epoch. */
  readonly startedAt: number;
  readonly now: number;
}

export function summary(node: NodeFigures, pods: readonly PodUsage[]): object {
  const time = timestamp(node.now);
  const whole = sum(pods.map(({ total }) => total));
  return {
    node: {
      nodeName: node.name,
      startTime: timestamp(node.startedAt),
      ...amounts(whole, time, node.memoryBytes),
    },
    pods: pods.map(({ record, containers, total }) => {
      const { name, namespace, uid, creationTimestamp } = record.pod.metadata;
      return {
        podRef: { name, namespace, uid },
        startTime: record.status.startTime ?? creationTimestamp,
        containers: containers.map(({ run, stats, nanoCores }) => ({
          name: run.labels[engineLabels.container],
          startTime: timestamp(run.startedAt),
          ...amounts(
            {
              cpuNanoseconds: stats.cpuNanoseconds,
              memoryBytes: stats.memoryWorkingSetBytes,
              nanoCores,
            },
            timestamp(stats.timestamp),
          ),
        })),
        ...amounts(total, time),
      };
    }),
  };
}

function amounts(
  { cpuNanoseconds, memoryBytes, nanoCores }: Total,
  time: string,
  capacity?: number,
): object {
  return {
    cpu: {
      time,
      ...(nanoCores === undefined ? {} : { usageNanoCores: nanoCores }),
      usageCoreNanoSeconds: cpuNanoseconds,
    },
    memory: {
      time,
      ...(capacity === undefined ? {} : { availableBytes: Math.max(0, capacity - memoryBytes) }),
      workingSetBytes: memoryBytes,
    },
  };
}
