/** HorizontalPodAutoscaler: what is scaled, by which measures, how fast. */
import { parseQuantity } from '../quantity.ts';
import type { HorizontalPodAutoscaler } from '../types.ts';
import { checkPathSegment } from './names.ts';
import type { Problems } from './problems.ts';
import { checkName, indexed, list, oneOf, positive, record, requireName } from './values.ts';

export function validateAutoscaler(object: HorizontalPodAutoscaler, problems: Problems): void {
  const spec = record(object.spec);
  if (spec === undefined) {
    problems.required('spec');
    return;
  }
  const { minReplicas, maxReplicas = 0 } = spec;
  if (minReplicas !== undefined && minReplicas < 1) {
    problems.invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1');
  }
  if (maxReplicas < 1) {
    problems.invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0');
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
  const types = indexed(spec.metrics).map(([, { type }]) => type);
  if (minReplicas === 0 && !types.includes('Object') && !types.includes('External')) {
    const why =
      'must specify at least one Object or External metric to support scaling to zero replicas';
    problems.forbidden('spec.metrics', why);
  }
  // Of autoscaling/v1, which knows no other measure.
  const { targetCPUUtilizationPercentage: share } = spec as {
    targetCPUUtilizationPercentage?: number;
  };
  positive(share, 'spec.targetCPUUtilizationPercentage', problems);
  for (const direction of ['scaleUp', 'scaleDown'] as const) {
    const rules = record(record(spec.behavior)?.[direction]);
    const at = `spec.behavior.${direction}`;
    const window = rules?.stabilizationWindowSeconds;
    const inWindow = `${at}.stabilizationWindowSeconds`;
    if (window !== undefined && window < 0) {
      problems.invalid(inWindow, window, 'must be greater than or equal to zero');
    }
    if (window !== undefined && window > 3600) {
      problems.invalid(inWindow, window, 'must be less than or equal to 3600');
    }
    oneOf(rules?.selectPolicy, ['Disabled', 'Max', 'Min'], `${at}.selectPolicy`, problems);
    if (rules !== undefined && list(rules.policies).length === 0) {
      problems.required(`${at}.policies`, 'must specify at least one Policy');
    }
    for (const [i, policy] of indexed(rules?.policies)) {
      oneOf(policy.type ?? '', ['Percent', 'Pods'], `${at}.policies[${i}].type`, problems);
      for (const name of ['value', 'periodSeconds'] as const) {
        if ((policy[name] ?? 0) > 0) continue;
        problems.invalid(`${at}.policies[${i}].${name}`, policy[name] ?? 0, positiveWords);
      }
      if (policy.periodSeconds > 1800) {
        const why = 'must be less than or equal to 1800';
        problems.invalid(`${at}.policies[${i}].periodSeconds`, policy.periodSeconds, why);
      }
    }
  }
}

const positiveWords = 'must be greater than zero';
const targetTypes = ['Utilization', 'Value', 'AverageValue'];
const metricTypes = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];

function validateMetric(metric: Record<string, unknown>, field: string, problems: Problems): void {
  const { type } = metric;
  if (!type) {
    problems.required(`${field}.type`, 'must specify a metric source type');
  }
  if (!metricTypes.includes(type as string)) {
    problems.notSupported(`${field}.type`, type ?? '', metricTypes);
    return;
  }
  const name = String(type).charAt(0).toLowerCase() + String(type).slice(1);
  const source = record(metric[name] as Record<string, unknown>);
  if (source === undefined) {
    problems.required(`${field}.${name}`, `must populate information for the given metric source`);
    return;
  }
  validateMetricNames(source, `${field}.${name}`, name, problems);
  const target = record(source.target as Record<string, unknown>) ?? {};
  const at = `${field}.${name}.target`;
  if (!target.type) problems.required(`${at}.type`, 'must specify a metric target type');
  if (!targetTypes.includes(target.type as string)) {
    const why = 'must be either Utilization, Value, or AverageValue';
    problems.invalid(`${at}.type`, target.type ?? '', why);
  }
  validateTarget(target as Target, name, at, problems);
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
  if (!metric?.name) problems.required(`${field}.metric.name`, 'must specify a metric name');
  else checkName(metric.name, checkPathSegment, `${field}.metric.name`, problems);
  if (type !== 'object') return;
  const described = record(source.describedObject as Record<string, unknown>);
  for (const name of ['kind', 'name'] as const) {
    requireName(described?.[name], checkPathSegment, `${field}.describedObject.${name}`, problems);
  }
}
