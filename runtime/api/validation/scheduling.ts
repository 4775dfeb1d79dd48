/** Where a pod may run: node selection, affinity, tolerations, spread. */
import type { core } from '../types.ts';
import { checkLabel, checkLabelValue, checkQualifiedName, checkSubdomain } from './names.ts';
import type { Problems } from './problems.ts';
import {
  checkName,
  indexed,
  isRecord,
  labelSelector,
  labels,
  list,
  oneOf,
  operatorValues,
  record,
} from './values.ts';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function validateScheduling(spec: core.PodSpec, field: string, problems: Problems): void {
  labels(spec.nodeSelector, `${field}.nodeSelector`, problems);
  validateTolerations(spec.tolerations, `${field}.tolerations`, problems);
  validateSpread(spec.topologySpreadConstraints, `${field}.topologySpreadConstraints`, problems);
  const affinity = record(spec.affinity);
  if (affinity === undefined) return;
  validateNodeAffinity(affinity.nodeAffinity, `${field}.affinity.nodeAffinity`, problems);
  validatePodAffinity(affinity.podAffinity, `${field}.affinity.podAffinity`, problems);
  validatePodAffinity(affinity.podAntiAffinity, `${field}.affinity.podAntiAffinity`, problems);
}

export function validateTolerations(
  tolerations: readonly core.Toleration[] | undefined,
  field: string,
  problems: Problems,
): void {
  for (const [i, toleration] of indexed(tolerations)) {
    const at = `${field}[${i}]`;
    const { key, operator, value, effect, tolerationSeconds } = toleration;
    if (key) {
      for (const problem of checkQualifiedName(key)) problems.invalid(`${at}.key`, key, problem);
    } else if (operator !== 'Exists') {
      problems.invalid(
        `${at}.operator`,
        operator ?? '',
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      );
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      problems.invalid(
        `${at}.effect`,
        effect ?? '',
        "effect must be 'NoExecute' when `tolerationSeconds` is set",
      );
    }
    if (operator === 'Exists' && value) {
      problems.invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'");
    } else if (!operator || operator === 'Equal') {
      checkName(value ?? '', checkLabelValue, `${at}.operator`, problems);
    } else oneOf(operator, ['Equal', 'Exists'], `${at}.operator`, problems);
    if (effect) oneOf(effect, effects, `${at}.effect`, problems);
  }
}

function aboveZero(value: unknown, field: string, problems: Problems): void {
  if (typeof value !== 'number' || value > 0) return;
  problems.invalid(field, value, 'must be greater than zero');
}

function validateSpread(
  constraints: readonly core.TopologySpreadConstraint[] | undefined,
  field: string,
  problems: Problems,
): void {
  const seen = new Set<string>();
  for (const [i, constraint] of indexed(constraints)) {
    const at = `${field}[${i}]`;
    aboveZero(constraint.maxSkew ?? 0, `${at}.maxSkew`, problems);
    if (!constraint.topologyKey) problems.required(`${at}.topologyKey`, 'can not be empty');
    const when = constraint.whenUnsatisfiable ?? '';
    oneOf(when, ['DoNotSchedule', 'ScheduleAnyway'], `${at}.whenUnsatisfiable`, problems);
    const pair = `{${constraint.topologyKey}, ${when}}`;
    if (seen.has(pair)) problems.duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, pair);
    seen.add(pair);
    aboveZero(constraint.minDomains, `${at}.minDomains`, problems);
    if (constraint.minDomains !== undefined && when !== 'DoNotSchedule') {
      problems.invalid(
        `${at}.minDomains`,
        constraint.minDomains,
        `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${when}`,
      );
    }
    for (const name of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      oneOf(constraint[name], ['Honor', 'Ignore'], `${at}.${name}`, problems);
    }
    labelSelector(constraint.labelSelector, `${at}.labelSelector`, problems);
  }
}

function validateNodeAffinity(
  affinity: core.NodeAffinity | undefined,
  field: string,
  problems: Problems,
): void {
  if (!isRecord(affinity)) return;
  const rules = affinity as core.NodeAffinity;
  const required = record(rules.requiredDuringSchedulingIgnoredDuringExecution);
  if (required !== undefined) {
    validateNodeSelector(
      required,
      `${field}.requiredDuringSchedulingIgnoredDuringExecution`,
      problems,
    );
  }
  const preferred = `${field}.preferredDuringSchedulingIgnoredDuringExecution`;
  for (const [i, term] of indexed(rules.preferredDuringSchedulingIgnoredDuringExecution)) {
    validateWeight(term.weight ?? 0, `${preferred}[${i}].weight`, problems);
    validateNodeTerm(term.preference, `${preferred}[${i}].preference`, false, problems);
  }
}

export function validateNodeSelector(
  selector: core.NodeSelector,
  field: string,
  problems: Problems,
): void {
  if (list(selector.nodeSelectorTerms).length === 0) {
    problems.required(`${field}.nodeSelectorTerms`, 'must have at least one node selector term');
  }
  for (const [i, term] of indexed(selector.nodeSelectorTerms)) {
    validateNodeTerm(term, `${field}.nodeSelectorTerms[${i}]`, true, problems);
  }
}

function validateNodeTerm(
  term: core.NodeSelectorTerm | undefined,
  field: string,
  /** What is only preferred may name values that no label can have. */
  isRequired: boolean,
  problems: Problems,
): void {
  for (const part of ['matchExpressions', 'matchFields'] as const) {
    for (const [i, requirement] of indexed(record(term)?.[part])) {
      const at = `${field}.${part}[${i}]`;
      if (part === 'matchFields') {
        validateFieldRequirement(requirement, at, problems);
        continue;
      }
      const { key, operator } = requirement;
      const count = list(requirement.values).length;
      if (operator === 'Gt' || operator === 'Lt') {
        if (count !== 1) {
          problems.required(
            `${at}.values`,
            "must be specified single value when `operator` is 'Lt' or 'Gt'",
          );
        }
      } else if (!operatorValues(operator, count, at, problems)) {
        problems.invalid(`${at}.operator`, operator, 'not a valid selector operator');
      }
      for (const problem of checkQualifiedName(key ?? '')) {
        problems.invalid(`${at}.key`, key ?? '', problem);
      }
      for (const [v, value] of list(requirement.values).entries()) {
        if (isRequired) checkName(value, checkLabelValue, `${at}.values[${v}]`, problems);
      }
    }
  }
}

/** Of a node's fields only its name can be asked for, and one name at a time. */
function validateFieldRequirement(
  { key, operator, values }: core.NodeSelectorRequirement,
  field: string,
  problems: Problems,
): void {
  if (operator !== 'In' && operator !== 'NotIn') {
    problems.invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator');
  } else if (list(values).length !== 1) {
    problems.required(
      `${field}.values`,
      "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
    );
  }
  if (key !== 'metadata.name') {
    problems.invalid(`${field}.key`, key, 'not a valid field selector key');
    return;
  }
  for (const [i, value] of list(values).entries()) {
    checkName(value, checkSubdomain, `${field}.values[${i}]`, problems);
  }
}

function validatePodAffinity(
  affinity: core.PodAffinity | undefined,
  field: string,
  problems: Problems,
): void {
  if (!isRecord(affinity)) return;
  const rules = affinity as core.PodAffinity;
  const required = `${field}.requiredDuringSchedulingIgnoredDuringExecution`;
  for (const [i, term] of indexed(rules.requiredDuringSchedulingIgnoredDuringExecution)) {
    validatePodTerm(term, `${required}[${i}]`, problems);
  }
  const preferred = `${field}.preferredDuringSchedulingIgnoredDuringExecution`;
  for (const [i, term] of indexed(rules.preferredDuringSchedulingIgnoredDuringExecution)) {
    validateWeight(term.weight ?? 0, `${preferred}[${i}].weight`, problems);
    validatePodTerm(
      term.podAffinityTerm ?? emptyTerm,
      `${preferred}[${i}].podAffinityTerm`,
      problems,
    );
  }
}

/** A term that is left out is an empty one to the server. */
const emptyTerm = {} as core.PodAffinityTerm;

function validatePodTerm(
  term: core.PodAffinityTerm | undefined,
  field: string,
  problems: Problems,
): void {
  if (!isRecord(term)) return;
  labelSelector(term.labelSelector, `${field}.labelSelector`, problems);
  labelSelector(term.namespaceSelector, `${field}.namespaceSelector`, problems);
  for (const namespace of list(term.namespaces)) {
    checkName(namespace, checkLabel, `${field}.namespaces`, problems);
  }
  if (!term.topologyKey) problems.required(`${field}.topologyKey`, 'can not be empty');
  checkName(term.topologyKey ?? '', checkQualifiedName, `${field}.topologyKey`, problems);
}

function validateWeight(weight: unknown, field: string, problems: Problems): void {
  if (typeof weight === 'number' && (weight < 1 || weight > 100)) {
    problems.invalid(field, weight, 'must be in the range 1-100');
  }
}
