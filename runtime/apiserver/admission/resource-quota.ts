/**
 * Resource quotas: a request is charged to every quota that covers it before it is stored; one that
 * would exceed a quota is refused. The quota controller counts anew what really is there.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
import type { UnknownObject } from '../../api/object.ts';
import {
  add,
  compare,
  format,
  parseQuantity,
  type Quantity,
  quantityOf,
  sub,
} from '../../api/quantity.ts';
import type { ResourceQuota } from '../../api/types.ts';
import { loopbackUser } from '../authentication/user.ts';
import { copyJson } from '../registry/json.ts';
import type { Registry } from '../registry/registry.ts';
import { changeObject } from '../verbs/change.ts';
import { forbidden } from '../verbs/errors.ts';
import type { AdmissionPlugin, Attributes } from './admission.ts';
import { coversObject, missingAmounts, usageOf } from './quota-usage.ts';

type Usage = Map<string, Quantity>;

export const resourceQuota: AdmissionPlugin = {
  name: 'ResourceQuota',
  validate(attributes, registry) {
    const { operation, object, subresource, place } = attributes;
    if (operation === 'DELETE' || object === undefined || subresource !== '') return;
    const { cache } = registry;
    if (cache.isFresh && cache.resource('core/resourcequotas').size === 0) return;
    return place.namespace === '' ? undefined : chargeAll(attributes, registry);
  },
};

async function chargeAll(attributes: Attributes, registry: Registry): Promise<void> {
  const { operation, place } = attributes;
  await registry.cache.fresh();
  const cache = registry.cache.resource('core/resourcequotas');
  if (cache.size === 0) return;
  const charge = chargeOf(attributes);
  if (charge.size === 0 && operation === 'UPDATE') return;
  for (const key of cache.keys(`${cache.prefix}${place.namespace}/`)) {
    const quota = cache.get(key)?.object as unknown as ResourceQuota | undefined;
    if (quota === undefined || !coversObject(quota, attributes)) continue;
    await chargeQuota(attributes, registry, quota, charge);
  }
}

/** How much more the object uses than before. */
function chargeOf({ object, previous, served }: Attributes): Usage {
  const after = usageOf(served.kind, object as UnknownObject);
  if (previous === undefined) return after;
  const before = usageOf(served.kind, previous);
  const charge: Usage = new Map();
  for (const [name, amount] of after) {
    const old = before.get(name);
    const more = old === undefined ? amount : sub(amount, old);
    if (compare(more, quantityOf(0)) > 0) charge.set(name, more);
  }
  return charge;
}

async function chargeQuota(
  attributes: Attributes,
  registry: Registry,
  quota: ResourceQuota,
  charge: Usage,
): Promise<void> {
  const { served, place, call } = attributes;
  const hard = (quota.spec.hard ?? {}) as Record<string, string>;
  const refuse = (why: string) => forbidden(served, place.name, why);
  const lacking = missingAmounts(attributes, Object.keys(hard));
  if (lacking !== '') throw refuse(`failed quota: ${quota.metadata.name}: must specify ${lacking}`);
  const names = [...charge.keys()].filter((name) => hard[name] !== undefined).sort();
  if (names.length === 0) return;
  const known = (quota.status?.hard ?? {}) as Record<string, string>;
  const unknown = names.filter((name) => known[name] === undefined);
  if (unknown.length > 0) {
    throw refuse(
      `status unknown for quota: ${quota.metadata.name}, resources: ${unknown.join(',')}`,
    );
  }
  const quotas = registry.served.get('', 'v1', 'resourcequotas');
  const owner = { ...call, user: loopbackUser, fieldManager: 'kube-apiserver', warn: () => {} };
  await changeObject(
    registry,
    owner,
    quotas,
    { ...place, name: quota.metadata.name },
    {
      subresource: 'status',
      // Everything that is created in a namespace meets here.
      attempts: 200,
      build(previous) {
        const next = copyJson(previous) as unknown as ResourceQuota;
        delete (next.metadata as { resourceVersion?: string }).resourceVersion;
        const limits = (next.status?.hard ?? {}) as Record<string, string>;
        const used = { ...(next.status?.used as Record<string, string> | undefined) };
        const over = names.filter((name) => exceeds(used[name], charge.get(name), limits[name]));
        if (over.length > 0)
          throw refuse(exceeded(quota.metadata.name, over, charge, used, limits));
        for (const name of names) used[name] = sum(used[name], charge.get(name));
        return { ...next, status: { ...next.status, used } } as unknown as UnknownObject;
      },
    },
  );
}

function exceeds(used: string | undefined, more: Quantity | undefined, limit: string | undefined) {
  const most = parseQuantity(limit ?? '0');
  if (more === undefined || most === undefined) return false;
  return compare(add(parseQuantity(used ?? '0') ?? quantityOf(0), more), most) > 0;
}

function sum(used: string | undefined, more: Quantity | undefined): string {
  const before = parseQuantity(used ?? '0') ?? quantityOf(0);
  return more === undefined ? format(before) : format(add(before, more));
}

function exceeded(
  name: string,
  over: readonly string[],
  charge: Usage,
  used: Record<string, string>,
  limits: Record<string, string>,
): string {
  const requested = over.map(
    (resource) => `${resource}=${format(charge.get(resource) ?? quantityOf(0))}`,
  );
  const already = over.map((resource) => `${resource}=${used[resource] ?? '0'}`);
  const limited = over.map((resource) => `${resource}=${limits[resource] ?? '0'}`);
  return `exceeded quota: ${name}, requested: ${requested.join(',')}, used: ${already.join(',')}, limited: ${limited.join(',')}`;
}
