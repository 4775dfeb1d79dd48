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
import {
  type Counted,
  coversObject,
  isTimeLimited,
  limitsOn,
  type Usage,
  usageOf,
} from '../../api/quota-usage.ts';
import type { Pod, ResourceQuota } from '../../api/types.ts';
import { loopbackUser } from '../authentication/user.ts';
import { copyJson } from '../registry/json.ts';
import type { Registry } from '../registry/registry.ts';
import { changeObject } from '../verbs/change.ts';
import { forbidden } from '../verbs/errors.ts';
import type { AdmissionPlugin, Attributes } from './admission.ts';
import { inTurn } from './in-turn.ts';
import { missingAmounts } from './missing-amounts.ts';

const zero = quantityOf(0);

/** A quota that has something to say, and which of its limits. */
interface Interested {
  readonly quota: ResourceQuota;
  readonly limits: readonly string[];
}

export const resourceQuota: AdmissionPlugin = {
  name: 'ResourceQuota',
  validate(attributes, registry) {
    const { cache } = registry;
    const none = cache.isFresh && cache.resource('core/resourcequotas').size === 0;
    return none || !isCounted(attributes) ? undefined : charge(attributes, registry);
  },
};

/** Could the request use up anything? */
function isCounted({
  operation,
  object,
  previous,
  subresource,
  place,
  served,
}: Attributes): boolean {
  if (object === undefined || place.namespace === '') return false;
  const { group, resource, kind } = served.kind;
  if (kind === 'Event') return false;
  const isPod = group === '' && resource === 'pods';
  if (subresource !== '') return isPod && subresource === 'resize' && operation === 'UPDATE';
  if (operation === 'CREATE') return true;
  if (operation !== 'UPDATE' || group !== '') return false;
  if (isPod) {
    // Setting a deadline moves the pod from one scope to another.
    const limited = (pod: unknown) => isTimeLimited((pod as Pod).spec);
    return limited(object) !== limited(previous);
  }
  return resource === 'services' || resource === 'persistentvolumeclaims';
}

async function charge(attributes: Attributes, registry: Registry): Promise<void> {
  await registry.cache.fresh();
  const interested = interestedIn(attributes, registry);
  if (interested.length === 0) return;
  const more = chargeOf(attributes, registry.clock.now());
  if (more.size === 0) return;
  // All of them first: what one refuses must not be charged to another.
  for (const { quota } of interested) raise(attributes, quota, more);
  for (const { quota } of interested) await chargeQuota(attributes, registry, quota, more);
}

/** Throws Forbidden if the object does not say what a quota must know of it. */
function interestedIn(attributes: Attributes, registry: Registry): Interested[] {
  const { served, place } = attributes;
  const object = attributes.object as UnknownObject;
  const cache = registry.cache.resource('core/resourcequotas');
  const found: Interested[] = [];
  for (const key of cache.keys(`${cache.prefix}${place.namespace}/`)) {
    const quota = cache.get(key)?.object as unknown as ResourceQuota;
    const { hard = {}, used = {} } = quota.status ?? {};
    const limits = limitsOn(served.kind, Object.keys(hard)).sort();
    if (limits.length === 0 || !coversObject(quota, served.kind, object)) continue;
    const refuse = (why: string) => forbidden(served, place.name, why);
    const lacking = isPodsOwn(served.kind) ? missingAmounts(object as unknown as Pod, limits) : '';
    if (lacking !== '') {
      throw refuse(`failed quota: ${quota.metadata.name}: must specify ${lacking}`);
    }
    if (limits.some((name) => used[name] === undefined)) {
      const names = limits.join(',');
      throw refuse(`status unknown for quota: ${quota.metadata.name}, resources: ${names}`);
    }
    found.push({ quota, limits });
  }
  return found;
}

function isPodsOwn({ group, resource }: Counted): boolean {
  return group === '' && resource === 'pods';
}

/** How much more the object uses than before. */
function chargeOf({ object, previous, served, place }: Attributes, nowMs: number): Usage {
  const after = usageOf(served.kind, object as UnknownObject, nowMs);
  const negative = [...after].filter(([, amount]) => compare(amount, zero) < 0);
  if (negative.length > 0) {
    const names = negative.map(([name]) => name).sort();
    const why = `quota usage is negative for resource(s): ${names.join(',')}`;
    throw forbidden(served, place.name, why);
  }
  const before = previous === undefined ? undefined : usageOf(served.kind, previous, nowMs);
  const charged: Usage = new Map();
  for (const [name, amount] of after) {
    const old = before?.get(name);
    const more = old === undefined ? amount : sub(amount, old);
    if (compare(more, zero) > 0) charged.set(name, more);
  }
  return charged;
}

/** What the quota's `used` will be. Throws Forbidden if that is more than it allows. */
function raise(attributes: Attributes, quota: ResourceQuota, more: Usage): Record<string, string> {
  const { served, place } = attributes;
  const { hard = {}, used = {} } = quota.status ?? {};
  const next = { ...used };
  const over: string[] = [];
  for (const [name, amount] of [...more].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const limit = hard[name];
    if (limit === undefined) continue;
    const sum = add(quantity(used[name]), amount);
    if (compare(sum, quantity(limit)) > 0) over.push(name);
    next[name] = format(sum);
  }
  if (over.length === 0) return next;
  const list = (of: (name: string) => string) =>
    over.map((name) => `${name}=${of(name)}`).join(',');
  const requested = list((name) => format(more.get(name) ?? zero));
  const already = list((name) => format(quantity(used[name])));
  const limited = list((name) => format(quantity(hard[name])));
  throw forbidden(
    served,
    place.name,
    `exceeded quota: ${quota.metadata.name}, requested: ${requested}, used: ${already}, limited: ${limited}`,
  );
}

function quantity(text: string | undefined): Quantity {
  return (text === undefined ? undefined : parseQuantity(text)) ?? zero;
}

/** Everything that is created in a namespace meets here, and goes one after the other. */
async function chargeQuota(
  attributes: Attributes,
  registry: Registry,
  { metadata: { name } }: ResourceQuota,
  more: Usage,
): Promise<void> {
  const { place, call } = attributes;
  const quotas = registry.served.get('', 'v1', 'resourcequotas');
  const owner = { ...call, user: loopbackUser, fieldManager: 'kube-apiserver', warn: () => {} };
  const change = {
    subresource: 'status',
    attempts: 200,
    build(previous: UnknownObject) {
      const next = copyJson(previous);
      delete next.metadata.resourceVersion;
      const used = raise(attributes, previous as unknown as ResourceQuota, more);
      next.status = { ...(next.status as object), used };
      return next;
    },
  };
  await inTurn(registry, quotas.key(place.namespace, name), async () => {
    await changeObject(registry, owner, quotas, { ...place, name }, change);
  });
}
