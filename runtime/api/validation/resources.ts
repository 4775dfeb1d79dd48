/** Requests, limits and the names of resources. */
import { compare, parseQuantity, type Quantity } from '../quantity.ts';
import type { core } from '../types.ts';
import { checkQualifiedName } from './names.ts';
import type { Problems } from './problems.ts';
import { isRecord } from './values.ts';

const standard = new Set(['cpu', 'memory', 'ephemeral-storage']);
const shared = [...standard].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]);
/** What else has a plain name: counts of objects, and storage that is claimed. */
const standardNames = new Set([
  ...[...shared, 'storage', 'requests.storage'],
  ...['pods', 'services', 'replicationcontrollers', 'resourcequotas', 'secrets', 'configmaps'],
  ...['persistentvolumeclaims', 'services.nodeports', 'services.loadbalancers'],
]);

/** True for what the kubelet itself shares out; anything else with a domain is extended. */
export function isNative(name: string): boolean {
  return !name.includes('/') || name.split('/')[0]?.endsWith('kubernetes.io') === true;
}

function isStandard(name: string): boolean {
  return standard.has(name) || name.startsWith('hugepages-');
}

function isStandardName(name: string): boolean {
  return standardNames.has(name) || /^(requests\.)?hugepages-/.test(name);
}

/** Each readable quantity of a list; the others are named as problems. */
export function readQuantities(
  amounts: unknown,
  field: string,
  problems: Problems,
): Map<string, Quantity> {
  const quantities = new Map<string, Quantity>();
  if (!isRecord(amounts)) return quantities;
  for (const [name, text] of Object.entries(amounts)) {
    const quantity = readQuantity(text, `${field}[${name}]`, problems);
    if (quantity !== undefined) quantities.set(name, quantity);
  }
  return quantities;
}

/** A quantity that is not negative. */
export function readQuantity(
  text: unknown,
  field: string,
  problems: Problems,
): Quantity | undefined {
  if (typeof text !== 'string' && typeof text !== 'number') return undefined;
  const quantity = parseQuantity(text);
  if (quantity === undefined) {
    problems.invalid(
      field,
      text,
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  } else if (quantity.nano < 0n) {
    problems.invalid(field, text, 'must be greater than or equal to 0');
  }
  return quantity;
}

export function validateResources(
  resources: core.ResourceRequirements | undefined,
  field: string,
  problems: Problems,
): void {
  if (resources === undefined || !isRecord(resources)) return;
  const { limits: limitTexts, requests: requestTexts }: core.ResourceRequirements = resources;
  const limits = readQuantities(resources.limits, `${field}.limits`, problems);
  const requests = readQuantities(resources.requests, `${field}.requests`, problems);
  for (const [part, amounts] of [
    ['limits', limits],
    ['requests', requests],
  ] as const) {
    for (const [name, quantity] of amounts) {
      const at = `${field}.${part}[${name}]`;
      checkContainerResource(name, at, problems);
      if (!isNative(name) && quantity.nano % 1_000_000_000n !== 0n) {
        problems.invalid(
          at,
          (part === 'limits' ? limitTexts : requestTexts)?.[name],
          'must be an integer',
        );
      }
    }
  }
  const all = [...limits.keys(), ...requests.keys()];
  const isHuge = all.some((name) => name.startsWith('hugepages-'));
  if (isHuge && !all.includes('cpu') && !all.includes('memory')) {
    problems.forbidden(field, 'HugePages require cpu or memory');
  }
  for (const [name, request] of requests) {
    const limit = limits.get(name);
    const text = requestTexts?.[name];
    const overcommit = isNative(name) && !name.startsWith('hugepages-');
    if (limit === undefined) {
      if (!overcommit) {
        problems.required(`${field}.limits`, `Limit must be set for non overcommitable resources`);
      }
    } else if (!overcommit && compare(request, limit) !== 0) {
      problems.invalid(
        `${field}.requests`,
        String(text),
        `must be equal to ${name} limit of ${limitTexts?.[name]}`,
      );
    } else if (overcommit && compare(request, limit) > 0) {
      problems.invalid(
        `${field}.requests`,
        String(text),
        `must be less than or equal to ${name} limit of ${limitTexts?.[name]}`,
      );
    }
  }
}

/** A name of a resource, wherever amounts are told. */
export function checkResourceName(name: string, field: string, problems: Problems): void {
  const wrong = checkQualifiedName(name);
  for (const problem of wrong) problems.invalid(field, name, problem);
  if (wrong.length === 0 && !name.includes('/') && !isStandardName(name)) {
    problems.invalid(field, name, 'must be a standard resource type or fully qualified');
  }
}

/** A resource that a container can have: what the kubelet shares out, or an extended one. */
export function checkContainerResource(name: string, field: string, problems: Problems): void {
  checkResourceName(name, field, problems);
  if (!name.includes('/')) {
    if (!isStandard(name)) {
      problems.invalid(field, name, 'must be a standard resource for containers');
    }
  } else if (!isNative(name) && !isExtended(name)) {
    problems.invalid(field, name, "doesn't follow extended resource name standard");
  }
}

/** Its quota, too, must have a name that is one. */
function isExtended(name: string): boolean {
  return !name.startsWith('requests.') && checkQualifiedName(`requests.${name}`).length === 0;
}
