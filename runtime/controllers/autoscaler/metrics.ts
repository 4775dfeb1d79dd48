/** One metric of an autoscaler: what it asks for, and what to say of it in the status. */
import { format, quantityOfMilli } from '../../api/quantity.ts';
import type { autoscaling } from '../../api/types.ts';
import { milliOf, type Question, replicasFor, type Target } from './replicas.ts';

export interface Reading {
  readonly replicas: number;
  /** For the reason of a change: `cpu resource utilization (percentage of request)`. */
  readonly name: string;
  readonly status: autoscaling.MetricStatus;
}

/** A metric that says nothing, with the reason that its event and condition bear. */
export class MetricError extends Error {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

type Facts = Pick<Question, 'current' | 'pods' | 'metrics' | 'nowMs'>;

/** Throws MetricError. `factsOf` reads the measurements of a resource and may throw. */
export async function readMetric(
  spec: autoscaling.MetricSpec,
  factsOf: (resource: string) => Promise<Facts>,
): Promise<Reading> {
  switch (spec.type) {
    case 'Resource': {
      const { name, target } = spec.resource as autoscaling.ResourceMetricSource;
      const read = { name, target, reason: 'FailedGetResourceMetric', what: 'resource' };
      const { reading, current } = await readResource(read, factsOf);
      return { ...reading, status: { type: 'Resource', resource: { name, current } } };
    }
    case 'ContainerResource': {
      const source = spec.containerResource as autoscaling.ContainerResourceMetricSource;
      const { name, container, target } = source;
      const reason = 'FailedGetContainerResourceMetric';
      const read = { name, container, target, reason, what: 'container resource' };
      const { reading, current } = await readResource(read, factsOf);
      const status = { type: 'ContainerResource', containerResource: { name, container, current } };
      return { ...reading, status };
    }
    case 'Pods':
    case 'Object':
      throw new MetricError(
        spec.type === 'Pods' ? 'FailedGetPodsMetric' : 'FailedGetObjectMetric',
        `unable to get metric ${spec.pods?.metric.name ?? spec.object?.metric.name ?? ''}: unable to fetch metrics from custom metrics API: custom.metrics.k8s.io is not served by this cluster`,
      );
    case 'External':
      throw new MetricError(
        'FailedGetExternalMetric',
        `unable to get external metric ${spec.external?.metric.name ?? ''}: unable to fetch metrics from external metrics API: external.metrics.k8s.io is not served by this cluster`,
      );
    default:
      throw new MetricError('InvalidMetricSourceType', `unknown metric source type "${spec.type}"`);
  }
}

interface ResourceRead {
  readonly name: string;
  readonly container?: string;
  readonly target: autoscaling.MetricTarget;
  readonly reason: string;
  readonly what: string;
}

async function readResource(read: ResourceRead, factsOf: (resource: string) => Promise<Facts>) {
  const { name, container, reason, what } = read;
  const target = targetOf(read);
  const isShare = target.type === 'Utilization';
  try {
    const { replicas, averageMilli, utilization } = replicasFor({
      ...(await factsOf(name)),
      ...(container === undefined ? {} : { container }),
      resource: name,
      target,
    });
    const current: autoscaling.MetricValueStatus = {
      averageValue: format(quantityOfMilli(averageMilli)),
      ...(utilization === undefined ? {} : { averageUtilization: utilization }),
    };
    const shown = `${name} ${what}${isShare ? ' utilization (percentage of request)' : ''}`;
    return { reading: { replicas, name: shown }, current };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new MetricError(
      reason,
      `failed to get ${name} ${isShare ? 'utilization' : 'usage'}: ${why}`,
    );
  }
}

function targetOf({ target, reason, what }: ResourceRead): Target {
  const { averageValue, averageUtilization } = target;
  if (averageValue !== undefined) return { type: 'AverageValue', milli: milliOf(averageValue) };
  if (averageUtilization !== undefined) return { type: 'Utilization', percent: averageUtilization };
  throw new MetricError(
    reason,
    `invalid ${what} metric source: neither an average utilization target nor an average value (usage) target was set`,
  );
}
