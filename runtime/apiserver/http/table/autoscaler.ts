import type { autoscaling, HorizontalPodAutoscaler } from '../../../api/types.ts';
import { valueAt } from '../../registry/json.ts';

const shownMetrics = 2;

/** `cpu: 10%/80%`, for each metric, the first two of many. */
export function autoscalerTargets(autoscaler: HorizontalPodAutoscaler): string {
  const once = valueAt(autoscaler, 'spec', 'targetCPUUtilizationPercentage');
  if (typeof once === 'number') {
    const now = valueAt(autoscaler, 'status', 'currentCPUUtilizationPercentage');
    return `cpu: ${now === undefined ? '<unknown>' : `${now}%`}/${once}%`;
  }
  const metrics = autoscaler.spec.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  const current = autoscaler.status?.currentMetrics ?? [];
  const texts = metrics.map((metric, index) => targetOf(metric, current[index]));
  const shown = texts.slice(0, shownMetrics).join(', ');
  const more = texts.length - shownMetrics;
  return more > 0 ? `${shown} + ${more} more...` : shown;
}

function targetOf(
  metric: autoscaling.MetricSpec,
  status: autoscaling.MetricStatus | undefined,
): string {
  const [kind, name] = sourceOf(metric);
  const target = valueAt(metric, kind, 'target') as autoscaling.MetricTarget | undefined;
  const current = valueAt(status, kind, 'current') as autoscaling.MetricValueStatus | undefined;
  const prefix = name === '' ? '' : `${name}: `;
  if (target?.averageUtilization !== undefined) {
    const now = current?.averageUtilization;
    return `${prefix}${now === undefined ? '<unknown>' : `${now}%`}/${target.averageUtilization}%`;
  }
  if (target?.averageValue !== undefined) {
    return `${prefix}${current?.averageValue ?? '<unknown>'}/${target.averageValue}${kind === 'pods' || kind === 'resource' ? '' : ' (avg)'}`;
  }
  return `${prefix}${current?.value ?? '<unknown>'}/${target?.value ?? '<auto>'}`;
}

/** Which member holds the metric, and how it is called if it has a short name. */
function sourceOf(metric: autoscaling.MetricSpec): [string, string] {
  switch (metric.type) {
    case 'Resource':
      return ['resource', metric.resource?.name ?? ''];
    case 'ContainerResource':
      return ['containerResource', metric.containerResource?.name ?? ''];
    case 'Pods':
      return ['pods', ''];
    case 'Object':
      return ['object', ''];
    default:
      return ['external', ''];
  }
}
