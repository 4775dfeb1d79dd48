/** HorizontalPodAutoscaler: what is scaled, by which measures, how fast. */
import { parseQuantity } from '../quantity.ts';
import type { HorizontalPodAutoscaler } from '../types.ts';
import { checkPathSegment } from './names.ts';
import type { Problems } from './problems.ts';
import {
  indexed,
  inRange,
  labelSelector,
  list,
  oneOf,
  positive,
  record,
  requireName,
} from './values.ts';

export function validateAutoscaler(object: HorizontalPodAutoscaler, problems: Problems): void {
  const spec = record(object.spec);
  if (spec === undefined) {
    problems.required('spec');
    return;
  }
  const { minReplicas, maxReplicas } = spec;
  if (minReplicas !== undefined && minReplicas < 1) {
    problems.invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1');
  }
  if ((maxReplicas ?? 0) < 1) {
    problems.invalid('spec.maxReplicas', maxReplicas ?? 0, 'must be greater than 0');
  }
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    problems.invalid(
      'spec.maxReplicas',
      maxReplicas,
      'must be greater than or equal to `minReplicas`',
    );
  }
  const target = record(spec.scaleTargetRef);
  for (const name of ['kind', 'name'] as const) {
    requireName(target?.[name], checkPathSegment, `spec.scaleTargetRef.${name}`, problems);
  }
  for (const [i, metric] of indexed(spec.metrics)) {
    validateMetric(metric as unknown as Record<string, unknown>, `spec.metrics[${i}]`, problems);
  }
  // Of autoscaling/v1, which knows no other measure.
  const { targetCPUUtilizationPercentage: share } = spec as {
    targetCPUUtilizationPercentage?: number;
  };
  positive(share, 'spec.targetCPUUtilizationPercentage', problems);
  for (const direction of ['scaleUp', 'scaleDown'] as const) {
    const rules = record(record(spec.behavior)?.[direction]);
    const at = `spec.behavior.${direction}`;
    inRange(
      rules?.stabilizationWindowSeconds,
      0,
      3600,
      `${at}.stabilizationWindowSeconds`,
      problems,
    );
    oneOf(rules?.selectPolicy, ['Disabled', 'Max', 'Min'], `${at}.selectPolicy`, problems);
    if (rules !== undefined && list(rules.policies).length === 0) {
      problems.required(`${at}.policies`, 'must specify at least one Policy');
    }
    for (const [i, policy] of indexed(rules?.policies)) {
      oneOf(policy.type ?? '', ['Percent', 'Pods'], `${at}.policies[${i}].type`, problems);
      positive(policy.value ?? 0, `${at}.policies[${i}].value`, problems);
      inRange(policy.periodSeconds ?? 0, 1, 1800, `${at}.policies[${i}].periodSeconds`, problems);
    }
  }
}

const metricTypes = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];

function validateMetric(metric: Record<string, unknown>, field: string, problems: Problems): void {
  const { type } = metric;
  if (!type) {
    problems.required(`${field}.type`, 'must specify a metric source type');
    return;
  }
  if (!metricTypes.includes(type as string)) {
    problems.notSupported(`${field}.type`, type, metricTypes);
    return;
  }
  const name = String(type).charAt(0).toLowerCase() + String(type).slice(1);
  const source = record(metric[name] as Record<string, unknown>);
  if (source === undefined) {
    problems.required(`${field}.${name}`, `must populate information for the given metric source`);
    return;
  }
  validateMetricNames(source, `${field}.${name}`, name, problems);
  const target = record(source.target as Record<string, unknown>);
  if (target === undefined) problems.required(`${field}.${name}.target`);
  else {
    if (!target.type) {
      problems.required(
        `${field}.${name}.target.type`,
        'must specify either Utilization, Value, or AverageValue',
      );
    } else
      oneOf(
        target.type,
        ['AverageValue', 'Utilization', 'Value'],
        `${field}.${name}.target.type`,
        problems,
      );
    validateTarget(target as Target, name, `${field}.${name}.target`, problems);
  }
}

interface Target {
  value?: unknown;
  averageValue?: unknown;
  averageUtilization?: unknown;
}

/** What is aimed at: of resources a share or an amount, of the others an amount in one of two ways. */
function validateTarget(target: Target, source: string, field: string, problems: Problems): void {
  const { value, averageValue, averageUtilization } = target;
  for (const [name, amount] of Object.entries({ value, averageValue })) {
    if (typeof amount !== 'string' && typeof amount !== 'number') continue;
    const quantity = parseQuantity(amount);
    if (quantity !== undefined && quantity.nano <= 0n) {
      problems.invalid(`${field}.${name}`, amount, 'must be positive');
    }
  }
  positive(averageUtilization, `${field}.averageUtilization`, problems);
  if (source === 'resource' || source === 'containerResource') {
    if (averageUtilization == null && averageValue == null) {
      problems.required(
        `${field}.averageUtilization`,
        'must set either a target raw value or a target utilization',
      );
    } else if (averageUtilization != null && averageValue != null) {
      problems.forbidden(
        `${field}.averageValue`,
        'may not set both a target raw value and a target utilization',
      );
    }
  } else if (source === 'pods') {
    if (averageValue != null) return;
    problems.required(`${field}.averageValue`, 'must specify a positive target averageValue');
  } else if (value == null && averageValue == null) {
    const what =
      source === 'object' ? 'value or averageValue' : 'value for metric or a per-pod target';
    problems.required(`${field}.averageValue`, `must set either a target ${what}`);
  } else if (source === 'external' && value != null && averageValue != null) {
    problems.forbidden(
      `${field}.value`,
      'may not set both a target value for metric and a per-pod target',
    );
  }
}

/** What is measured, and on what. */
function validateMetricNames(
  source: Record<string, unknown>,
  field: string,
  type: string,
  problems: Problems,
): void {
  if (type === 'resource' || type === 'containerResource') {
    if (!source.name) problems.required(`${field}.name`, 'must specify a resource name');
    if (type === 'containerResource' && !source.container) {
      problems.required(`${field}.container`, 'must specify a container');
    }
    return;
  }
  const metric = record(source.metric as Record<string, unknown>);
  requireName(metric?.name, checkPathSegment, `${field}.metric.name`, problems);
  labelSelector(metric?.selector, `${field}.metric.selector`, problems);
  if (type !== 'object') return;
  const described = record(source.describedObject as Record<string, unknown>);
  for (const name of ['kind', 'name'] as const) {
    requireName(described?.[name], checkPathSegment, `${field}.describedObject.${name}`, problems);
  }
}
