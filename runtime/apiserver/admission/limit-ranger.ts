/**
 * Limit ranges: what containers get if they do not ask, and how little and how much anyone may ask.
 * https://kubernetes.io/docs/concepts/policy/limit-range/
 */
import {
  add,
  compare,
  parseQuantity,
  type Quantity,
  quantityOf,
  toMilli,
} from '../../api/quantity.ts';
import type { core, LimitRange, PersistentVolumeClaim, Pod } from '../../api/types.ts';
import type { Registry } from '../registry/registry.ts';
import { forbidden } from '../verbs/errors.ts';
import { type AdmissionPlugin, type Attributes, concerns } from './admission.ts';

type Amounts = Record<string, string>;
type Limit = core.LimitRangeItem;

const annotation = 'kubernetes.io/limit-ranger';

export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  mutate(attributes, registry) {
    if (attributes.operation !== 'CREATE' || !concerns(attributes, '', 'pods')) return;
    if (hasNone(registry)) return;
    return fillInAll(attributes, registry);
  },
  validate(attributes, registry) {
    if (attributes.operation === 'DELETE' || attributes.object === undefined) return;
    if (hasNone(registry)) return;
    return checkAll(attributes, registry);
  },
};

/** True if there surely is no limit range anywhere. */
function hasNone({ cache }: Registry): boolean {
  return cache.isFresh && cache.resource('core/limitranges').size === 0;
}

async function fillInAll(attributes: Attributes, registry: Registry): Promise<void> {
  const pod = attributes.object as unknown as Pod;
  for (const range of await rangesIn(registry, attributes.place.namespace)) fillIn(pod, range);
}

async function checkAll(attributes: Attributes, registry: Registry): Promise<void> {
  const problems: string[] = [];
  if (concerns(attributes, '', 'pods') && attributes.operation === 'CREATE') {
    for (const range of await rangesIn(registry, attributes.place.namespace)) {
      problems.push(...checkPod(attributes.object as unknown as Pod, range));
    }
  } else if (concerns(attributes, '', 'persistentvolumeclaims')) {
    for (const range of await rangesIn(registry, attributes.place.namespace)) {
      problems.push(...checkClaim(attributes, range));
    }
  }
  if (problems.length === 0) return;
  const why = problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`;
  throw forbidden(attributes.served, attributes.place.name, why ?? '');
}

async function rangesIn(registry: Registry, namespace: string): Promise<LimitRange[]> {
  await registry.cache.fresh();
  const cache = registry.cache.resource('core/limitranges');
  if (cache.size === 0) return [];
  return cache
    .keys(`${cache.prefix}${namespace}/`)
    .map((key) => cache.get(key)?.object as unknown as LimitRange);
}

function fillIn(pod: Pod, range: LimitRange): void {
  const notes: string[] = [];
  for (const limit of range.spec.limits) {
    if (limit.type !== 'Container') continue;
    for (const [list, what] of [
      [pod.spec.containers, 'container'],
      [pod.spec.initContainers ?? [], 'init container'],
    ] as const) {
      for (const container of list) {
        container.resources ??= {};
        const requests = merge(container.resources, 'requests', limit.defaultRequest as Amounts);
        const limits = merge(container.resources, 'limits', limit.default as Amounts);
        if (requests) notes.push(`${requests} request for ${what} ${container.name}`);
        if (limits) notes.push(`${limits} limit for ${what} ${container.name}`);
      }
    }
  }
  if (notes.length === 0) return;
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [annotation]: `LimitRanger plugin set: ${notes.join('; ')}`,
  };
}

/** Fills in what is not there; names what it has filled in. */
function merge(
  resources: core.ResourceRequirements,
  side: 'requests' | 'limits',
  defaults: Amounts | undefined,
): string {
  const own = { ...(resources[side] as Amounts | undefined) };
  const added = Object.keys(defaults ?? {}).filter((name) => own[name] === undefined);
  for (const name of added) own[name] = defaults?.[name] ?? '';
  if (added.length > 0) resources[side] = own;
  return added.sort().join(', ');
}

function checkPod(pod: Pod, range: LimitRange): string[] {
  const problems: string[] = [];
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  for (const limit of range.spec.limits) {
    if (limit.type === 'Container') {
      for (const { resources } of containers) {
        const { requests = {}, limits = {} } = resources ?? {};
        problems.push(...check(limit, requests as Amounts, limits as Amounts));
      }
    } else if (limit.type === 'Pod') {
      problems.push(...check(limit, totals(pod, 'requests'), totals(pod, 'limits')));
    }
  }
  return problems;
}

/** Containers run together, init containers one after the other before them. */
function totals(pod: Pod, side: 'requests' | 'limits'): Amounts {
  const sums = new Map<string, Quantity>();
  for (const { resources } of pod.spec.containers) {
    for (const [name, text] of Object.entries((resources?.[side] ?? {}) as Amounts)) {
      const value = parseQuantity(text);
      if (value !== undefined)
        sums.set(name, add(sums.get(name) ?? quantityOf(0, value.format), value));
    }
  }
  for (const { resources } of pod.spec.initContainers ?? []) {
    for (const [name, text] of Object.entries((resources?.[side] ?? {}) as Amounts)) {
      const value = parseQuantity(text);
      const sum = sums.get(name);
      if (value !== undefined && (sum === undefined || compare(value, sum) > 0))
        sums.set(name, value);
    }
  }
  return Object.fromEntries([...sums].map(([name, value]) => [name, `${toMilli(value)}m`]));
}

function check(limit: Limit, requests: Amounts, limits: Amounts): string[] {
  const problems: string[] = [];
  const { type } = limit;
  for (const [name, least] of Object.entries((limit.min ?? {}) as Amounts)) {
    const request = requests[name] ?? limits[name];
    if (request === undefined) {
      problems.push(`minimum ${name} usage per ${type} is ${least}.  No request is specified`);
    } else if (less(request, least)) {
      problems.push(`minimum ${name} usage per ${type} is ${least}, but request is ${request}`);
    } else if (limits[name] !== undefined && less(limits[name], least)) {
      problems.push(`minimum ${name} usage per ${type} is ${least}, but limit is ${limits[name]}`);
    }
  }
  for (const [name, most] of Object.entries((limit.max ?? {}) as Amounts)) {
    const own = limits[name];
    if (own === undefined) {
      problems.push(`maximum ${name} usage per ${type} is ${most}.  No limit is specified`);
    } else if (less(most, own)) {
      problems.push(`maximum ${name} usage per ${type} is ${most}, but limit is ${own}`);
    } else if (requests[name] !== undefined && less(most, requests[name])) {
      problems.push(
        `maximum ${name} usage per ${type} is ${most}, but request is ${requests[name]}`,
      );
    }
  }
  for (const [name, most] of Object.entries((limit.maxLimitRequestRatio ?? {}) as Amounts)) {
    const problem = checkRatio(type, name, most, requests[name], limits[name]);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

function checkRatio(
  type: string,
  name: string,
  most: string,
  request: string | undefined,
  limit: string | undefined,
): string | undefined {
  const head = `${name} max limit to request ratio per ${type} is ${most}`;
  if (request === undefined || milli(request) === 0) {
    return `${head}, but no request is specified or request is 0`;
  }
  if (limit === undefined || milli(limit) === 0) {
    return `${head}, but no limit is specified or limit is 0`;
  }
  const ratio = milli(limit) / milli(request);
  return ratio > milli(most) / 1000
    ? `${head}, but provided ratio is ${ratio.toFixed(6)}`
    : undefined;
}

function checkClaim(attributes: Attributes, range: LimitRange): string[] {
  const claim = attributes.object as unknown as PersistentVolumeClaim;
  const asked = (claim.spec.resources?.requests as Amounts | undefined)?.storage;
  const problems: string[] = [];
  for (const limit of range.spec.limits) {
    if (limit.type !== 'PersistentVolumeClaim') continue;
    const least = (limit.min as Amounts | undefined)?.storage;
    const most = (limit.max as Amounts | undefined)?.storage;
    const head = (which: string, amount: string) =>
      `${which} storage usage per ${limit.type} is ${amount}`;
    if (least !== undefined && (asked === undefined || less(asked, least))) {
      problems.push(`${head('minimum', least)}, but request is ${asked ?? 0}`);
    }
    if (most !== undefined && asked !== undefined && less(most, asked)) {
      problems.push(`${head('maximum', most)}, but request is ${asked}`);
    }
  }
  return problems;
}

function less(a: string, b: string): boolean {
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  return left !== undefined && right !== undefined && compare(left, right) < 0;
}

function milli(text: string): number {
  const value = parseQuantity(text);
  return value === undefined ? 0 : toMilli(value);
}
