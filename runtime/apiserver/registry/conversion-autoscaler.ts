import type { UnknownObject } from '../../api/object.ts';
import type { Conversion } from './conversion.ts';
import { valueAt } from './json.ts';

/**
 * autoscaling/v1 knows one metric, the CPU's utilization; all else of the stored v2 object travels
 * in annotations, so that a v1 client that writes back what it read loses nothing.
 */
const metricsAnnotation = 'autoscaling.alpha.kubernetes.io/metrics';
const behaviorAnnotation = 'autoscaling.alpha.kubernetes.io/behavior';
const currentAnnotation = 'autoscaling.alpha.kubernetes.io/current-metrics';
const conditionsAnnotation = 'autoscaling.alpha.kubernetes.io/conditions';

export const autoscalerConversion: Conversion = {
  storage: { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
  toStorage(object) {
    const { targetCPUUtilizationPercentage, ...spec } = record(object.spec);
    const status = record(object.status);
    const { currentCPUUtilizationPercentage, ...rest } = status;
    const annotations = { ...object.metadata.annotations };
    const others = parsed(annotations[metricsAnnotation]);
    const behavior = parsed(annotations[behaviorAnnotation]);
    const current = parsed(annotations[currentAnnotation]);
    const conditions = parsed(annotations[conditionsAnnotation]);
    for (const name of [
      metricsAnnotation,
      behaviorAnnotation,
      currentAnnotation,
      conditionsAnnotation,
    ]) {
      delete annotations[name];
    }
    const metrics = [
      ...(Array.isArray(others) ? others : []),
      ...(typeof targetCPUUtilizationPercentage === 'number'
        ? [cpuMetric(targetCPUUtilizationPercentage)]
        : []),
    ];
    const currentMetrics = [
      ...(Array.isArray(current) ? current : []),
      ...(typeof currentCPUUtilizationPercentage === 'number'
        ? [
            {
              type: 'Resource',
              resource: {
                name: 'cpu',
                current: { averageUtilization: currentCPUUtilizationPercentage },
              },
            },
          ]
        : []),
    ];
    return {
      ...object,
      apiVersion: 'autoscaling/v2',
      metadata: withAnnotations(object, annotations),
      spec: {
        ...spec,
        ...(metrics.length > 0 ? { metrics } : {}),
        ...(behavior === undefined ? {} : { behavior }),
      },
      ...(object.status === undefined
        ? {}
        : {
            status: {
              ...rest,
              ...(currentMetrics.length > 0 ? { currentMetrics } : {}),
              ...(conditions === undefined ? {} : { conditions }),
            },
          }),
    };
  },
  fromStorage(object) {
    const { metrics, behavior, ...spec } = record(object.spec);
    const { currentMetrics, conditions, ...status } = record(object.status);
    const annotations = { ...object.metadata.annotations };
    const [cpu, others] = splitCpu(metrics, 'target');
    const [currentCpu, otherCurrent] = splitCpu(currentMetrics, 'current');
    if (others.length > 0) annotations[metricsAnnotation] = JSON.stringify(others);
    if (behavior !== undefined) annotations[behaviorAnnotation] = JSON.stringify(behavior);
    if (otherCurrent.length > 0) annotations[currentAnnotation] = JSON.stringify(otherCurrent);
    if (conditions !== undefined) annotations[conditionsAnnotation] = JSON.stringify(conditions);
    return {
      ...object,
      apiVersion: 'autoscaling/v1',
      metadata: withAnnotations(object, annotations),
      spec: { ...spec, ...(cpu === undefined ? {} : { targetCPUUtilizationPercentage: cpu }) },
      ...(object.status === undefined
        ? {}
        : {
            status: {
              ...status,
              ...(currentCpu === undefined ? {} : { currentCPUUtilizationPercentage: currentCpu }),
            },
          }),
    };
  },
};

function cpuMetric(averageUtilization: number): unknown {
  return {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
  };
}

/** The CPU's utilization among the metrics, and the metrics that are not it. */
function splitCpu(metrics: unknown, side: 'target' | 'current'): [number | undefined, unknown[]] {
  let cpu: number | undefined;
  const others: unknown[] = [];
  for (const metric of Array.isArray(metrics) ? metrics : []) {
    const utilization = valueAt(metric, 'resource', side, 'averageUtilization');
    if (
      cpu === undefined &&
      valueAt(metric, 'type') === 'Resource' &&
      valueAt(metric, 'resource', 'name') === 'cpu' &&
      typeof utilization === 'number'
    ) {
      cpu = utilization;
    } else {
      others.push(metric);
    }
  }
  return [cpu, others];
}

function withAnnotations(object: UnknownObject, annotations: Record<string, string>) {
  const { annotations: _, ...metadata } = object.metadata;
  return Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations };
}

function record(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
