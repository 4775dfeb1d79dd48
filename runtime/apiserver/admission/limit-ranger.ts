/**
 * Limit ranges: what containers get if they do not ask, and how little and how much anyone may ask.
 * https://kubernetes.io/docs/concepts/policy/limit-range/
 */
import { podTotals, type Quantities, quantitiesIn } from '../../api/pod-totals.ts';
import { compare, format, type Quantity, toMilli } from '../../api/quantity.ts';
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
    if (!isAboutPod(attributes) || !mayBeLimited(attributes, registry)) return undefined;
    return forEachRange(attributes, registry, (range) => {
      fillIn(attributes.object as unknown as Pod, range);
    });
  },
  validate(attributes, registry) {
    if (!mayBeLimited(attributes, registry)) return undefined;
    const check = isAboutPod(attributes)
      ? checkPod
      : isAboutClaim(attributes)
        ? checkClaim
        : undefined;
    if (check === undefined) return undefined;
    return forEachRange(attributes, registry, (range) => {
      // The first range that is not kept to has the word.
      const problems = [...new Set(check(attributes.object as never, range))];
      if (problems.length === 0) return;
      const why = problems.length === 1 ? `${problems[0]}` : `[${problems.join(', ')}]`;
      throw forbidden(attributes.served, attributes.place.name, why);
    });
  },
};

function isAboutPod(attributes: Attributes): boolean {
  const { operation, served, subresource } = attributes;
  if (operation === 'CREATE') return concerns(attributes, '', 'pods');
  const { group, resource } = served.kind;
  return operation === 'UPDATE' && subresource === 'resize' && group === '' && resource === 'pods';
}

function isAboutClaim(attributes: Attributes): boolean {
  const { operation } = attributes;
  if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
  return concerns(attributes, '', 'persistentvolumeclaims');
}

function mayBeLimited({ previous, object }: Attributes, { cache }: Registry): boolean {
  if (object === undefined || previous?.metadata.deletionTimestamp !== undefined) return false;
  return !cache.isFresh || cache.resource('core/limitranges').size > 0;
}

async function forEachRange(
  { place }: Attributes,
  registry: Registry,
  work: (range: LimitRange) => void,
): Promise<void> {
  await registry.cache.fresh();
  const cache = registry.cache.resource('core/limitranges');
  for (const key of cache.keys(`${cache.prefix}${place.namespace}/`)) {
    const range = cache.get(key)?.object as unknown as LimitRange;
    // Nobody must name any: what Go writes of a range without limits is null.
    if ((range.spec.limits ?? undefined) !== undefined) work(range);
  }
}

/** Of several entries the last one that says something has the word. */
function fillIn(pod: Pod, { spec }: LimitRange): void {
  const requests: Amounts = {};
  const limits: Amounts = {};
  for (const limit of spec.limits) {
    if (limit.type !== 'Container') continue;
    Object.assign(requests, limit.defaultRequest);
    Object.assign(limits, limit.default);
  }
  const notes: string[] = [];
  const fill = (container: core.Container, what: string) => {
    container.resources ??= {};
    const asked = merge(container.resources, 'requests', requests);
    const bounded = merge(container.resources, 'limits', limits);
    if (asked) notes.push(`${asked} request for ${what} ${container.name}`);
    if (bounded) notes.push(`${bounded} limit for ${what} ${container.name}`);
  };
  // Whether there are any is checked later.
  for (const container of pod.spec.containers ?? []) fill(container, 'container');
  for (const container of pod.spec.initContainers ?? []) fill(container, 'init container');
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
  defaults: Amounts,
): string {
  const own: Amounts = { ...resources[side] };
  const added = Object.keys(defaults).filter((name) => own[name] === undefined);
  for (const name of added) own[name] = defaults[name] ?? '';
  if (added.length > 0) resources[side] = own;
  return added.sort().join(', ');
}

function checkPod(pod: Pod, { spec }: LimitRange): string[] {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return spec.limits.flatMap((limit) => {
    if (limit.type === 'Pod') {
      // As they are to be: what runs by now is no matter.
      const wanted = { spec: pod.spec };
      return check(limit, podTotals(wanted, 'requests'), podTotals(wanted, 'limits'));
    }
    if (limit.type !== 'Container') return [];
    return containers.flatMap(({ resources }) =>
      check(limit, quantitiesIn(resources?.requests), quantitiesIn(resources?.limits)),
    );
  });
}

function check(limit: Limit, requests: Quantities, limits: Quantities): string[] {
  const { type } = limit;
  return [
    ...each(limit.min, (name, least) =>
      checkLeast(type, name, least, requests.get(name), limits.get(name)),
    ),
    ...each(limit.max, (name, most) =>
      checkMost(type, name, most, requests.get(name), limits.get(name)),
    ),
    ...each(limit.maxLimitRequestRatio, (name, most) =>
      checkRatio(type, name, most, requests.get(name), limits.get(name)),
    ),
  ];
}

/** A claim has requests only. */
function checkClaim(claim: PersistentVolumeClaim, { spec }: LimitRange): string[] {
  const requests = quantitiesIn(claim.spec.resources?.requests);
  return spec.limits.flatMap(({ type, min, max }) => {
    if (type !== 'PersistentVolumeClaim') return [];
    return [
      ...each(min, (name, least) => checkLeast(type, name, least, requests.get(name), undefined)),
      ...each(max, (name, most) => {
        const request = requests.get(name);
        const head = `maximum ${name} usage per ${type} is ${format(most)}`;
        if (request === undefined) return `${head}.  No request is specified`;
        return compare(request, most) > 0
          ? `${head}, but request is ${format(request)}`
          : undefined;
      }),
    ];
  });
}

function each(
  list: Readonly<Amounts> | undefined,
  look: (name: string, enforced: Quantity) => string | undefined,
): string[] {
  return [...quantitiesIn(list)]
    .map(([name, enforced]) => look(name, enforced))
    .filter((problem) => problem !== undefined);
}

function checkLeast(
  type: string,
  name: string,
  least: Quantity,
  request: Quantity | undefined,
  limit: Quantity | undefined,
): string | undefined {
  const head = `minimum ${name} usage per ${type} is ${format(least)}`;
  if (request === undefined) return `${head}.  No request is specified`;
  if (compare(request, least) < 0) return `${head}, but request is ${format(request)}`;
  if (limit === undefined || compare(limit, least) >= 0) return undefined;
  return `${head}, but limit is ${format(limit)}`;
}

function checkMost(
  type: string,
  name: string,
  most: Quantity,
  request: Quantity | undefined,
  limit: Quantity | undefined,
): string | undefined {
  const head = `maximum ${name} usage per ${type} is ${format(most)}`;
  if (limit === undefined) return `${head}.  No limit is specified`;
  if (compare(limit, most) > 0) return `${head}, but limit is ${format(limit)}`;
  if (request === undefined || compare(request, most) <= 0) return undefined;
  return `${head}, but request is ${format(request)}`;
}

function checkRatio(
  type: string,
  name: string,
  most: Quantity,
  request: Quantity | undefined,
  limit: Quantity | undefined,
): string | undefined {
  const head = `${name} max limit to request ratio per ${type} is ${format(most)}`;
  if (request === undefined || request.nano === 0n) {
    return `${head}, but no request is specified or request is 0`;
  }
  if (limit === undefined || limit.nano === 0n) {
    return `${head}, but no limit is specified or limit is 0`;
  }
  const ratio = toMilli(limit) / toMilli(request);
  const tooMuch = ratio * 1000 > toMilli(most);
  return tooMuch ? `${head}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}
