/** Labels of nodes that have got other names, wherever nodes are chosen by them. */
import type { core } from '../types.ts';
import { checkLabelValue } from '../validation/names.ts';
import { indexed, isRecord, list } from '../validation/values.ts';
import type { Warnings } from './collector.ts';

interface Renamed {
  readonly message: string;
  readonly now?: string;
}

function renamed(since: string, now: string): Renamed {
  return { message: `deprecated since ${since}; use "${now}" instead`, now };
}

const labels: ReadonlyMap<string, Renamed> = new Map([
  ['beta.kubernetes.io/arch', renamed('v1.14', 'kubernetes.io/arch')],
  ['beta.kubernetes.io/os', renamed('v1.14', 'kubernetes.io/os')],
  ['failure-domain.beta.kubernetes.io/region', renamed('v1.17', 'topology.kubernetes.io/region')],
  ['failure-domain.beta.kubernetes.io/zone', renamed('v1.17', 'topology.kubernetes.io/zone')],
  ['beta.kubernetes.io/instance-type', renamed('v1.17', 'node.kubernetes.io/instance-type')],
  ['app.kubernetes.io/created-by', { message: 'deprecated since v1.9' }],
  [
    'scheduler.alpha.kubernetes.io/preferAvoidPods',
    { message: 'deprecated since v1.22; use Taints and Tolerations instead' },
  ],
  [
    'node-role.kubernetes.io/master',
    {
      message: 'use "node-role.kubernetes.io/control-plane" instead',
      now: 'node-role.kubernetes.io/control-plane',
    },
  ],
]);

/** Labels that are keys of the map at `field`; `shown` is what the text begins with. */
export function labelKeys(
  map: unknown,
  field: string,
  warnings: Warnings,
  shown = (key: string) => `${field}[${key}]`,
): void {
  for (const key of isRecord(map) ? Object.keys(map) : []) {
    const old = labels.get(key);
    if (old !== undefined) {
      warnings.deprecated(`${field}[${key}]`, `${shown(key)}: ${old.message}`, old.now);
    }
  }
}

/** A label that is the value at `field`; `shown` is what the text begins with. */
export function labelValue(
  value: unknown,
  field: string,
  warnings: Warnings,
  shown = `${field}: ${value} is`,
): void {
  const old = typeof value === 'string' ? labels.get(value) : undefined;
  if (old !== undefined) warnings.deprecated(field, `${shown} ${old.message}`, old.now);
}

/** @param checkValues whether nobody else looks at what the labels are compared with */
export function nodeSelectorTerm(
  term: core.NodeSelectorTerm | undefined,
  field: string,
  warnings: Warnings,
  checkValues = false,
): void {
  for (const [i, { key, values }] of indexed(term?.matchExpressions)) {
    const at = `${field}.matchExpressions[${i}]`;
    labelValue(key, `${at}.key`, warnings);
    for (const [j, value] of checkValues ? list(values).entries() : []) {
      for (const problem of typeof value === 'string' ? checkLabelValue(value) : []) {
        warnings.at(`${at}.values[${j}]`, `${value} is invalid, ${problem}`);
      }
    }
  }
}
