/** The core group's smaller kinds: configuration, namespaces, quotas, nodes, events. */

import { jsonProblem } from '../json-problem.ts';
import { compare, parseQuantity, toMilli, toNumber } from '../quantity.ts';
import type { ConfigMap, core, LimitRange, Namespace, Node, Secret } from '../types.ts';
import { plainFinalizers } from './metadata.ts';
import { checkConfigKey, checkLabelValue, checkQualifiedName, isCidr } from './names.ts';
import type { Problems } from './problems.ts';
import { checkContainerResource, checkResourceName, isNative } from './resources.ts';
import { checkName, immutable, indexed, isRecord, list, oneOf, record, same } from './values.ts';

/** What all values of a ConfigMap or Secret may be together. */
const maxBytes = 1024 * 1024;

export function validateConfigMap(map: ConfigMap, problems: Problems): void {
  let size = 0;
  const data = record(map.data) ?? {};
  for (const [key, value] of Object.entries(data)) {
    for (const problem of checkConfigKey(key)) problems.invalid(`data[${key}]`, key, problem);
    if (isRecord(map.binaryData) && Object.hasOwn(map.binaryData, key)) {
      problems.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData');
    }
    if (typeof value === 'string') size += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(record(map.binaryData) ?? {})) {
    for (const problem of checkConfigKey(key)) problems.invalid(`binaryData[${key}]`, key, problem);
    if (typeof value === 'string') size += Buffer.byteLength(value, 'base64');
  }
  if (size > maxBytes) problems.tooLong('', maxBytes);
}

export function validateConfigMapUpdate(
  next: ConfigMap,
  previous: ConfigMap,
  problems: Problems,
): void {
  if (previous.immutable !== true) return;
  const sealed = 'field is immutable when `immutable` is set';
  if (next.immutable !== true) problems.forbidden('immutable', sealed);
  if (!same(next.data ?? {}, previous.data ?? {})) problems.forbidden('data', sealed);
  if (!same(next.binaryData, previous.binaryData)) problems.forbidden('binaryData', sealed);
}

/** Keys that secrets of a type must have. */
const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

export function validateSecret(secret: Secret, problems: Problems): void {
  const data = record(secret.data) ?? {};
  let size = 0;
  for (const [key, value] of Object.entries(data)) {
    for (const problem of checkConfigKey(key)) problems.invalid(`data[${key}]`, key, problem);
    if (typeof value === 'string') size += Buffer.byteLength(value, 'base64');
  }
  if (size > maxBytes) problems.tooLong('data', maxBytes);
  const text = record(secret.stringData) ?? {};
  const has = (key: string) => Object.hasOwn(data, key) || Object.hasOwn(text, key);
  for (const key of requiredKeys[secret.type ?? ''] ?? []) {
    const isEmpty = key === 'ssh-privatekey' && !data[key] && !text[key];
    if (!has(key) || isEmpty) problems.required(`data[${key}]`);
  }
  if (secret.type === 'kubernetes.io/basic-auth' && !has('username') && !has('password')) {
    problems.required('data[username]');
    problems.required('data[password]');
  }
  const account = secret.metadata?.annotations?.['kubernetes.io/service-account.name'];
  if (secret.type === 'kubernetes.io/service-account-token' && !account) {
    problems.required('metadata.annotations[kubernetes.io/service-account.name]');
  }
  validateDockerConfig(secret.type, data, problems);
}

function validateDockerConfig(
  type: string | undefined,
  data: Record<string, unknown>,
  problems: Problems,
): void {
  const [key] = requiredKeys[type ?? ''] ?? [];
  if (key === undefined || !key.startsWith('.docker')) return;
  const value = data[key];
  if (typeof value !== 'string') return;
  const text = Buffer.from(value, 'base64').toString();
  const why = configProblem(text);
  if (why !== undefined) problems.invalid(`data[${key}]`, '<secret contents redacted>', why);
}

/** Why a text is no object in JSON; the message of JSON.parse would quote what is secret. */
function configProblem(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || isRecord(value)) return undefined;
    const what = Array.isArray(value)
      ? 'array'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value;
    return `json: cannot unmarshal ${what} into Go value of type map[string]interface {}`;
  } catch {
    return jsonProblem(text);
  }
}

export function validateSecretUpdate(next: Secret, previous: Secret, problems: Problems): void {
  if (next.type) immutable(next.type, previous.type, 'type', problems);
  if (previous.immutable !== true) return;
  const sealed = 'field is immutable when `immutable` is set';
  if (next.immutable !== true) problems.forbidden('immutable', sealed);
  if (!same(next.data ?? {}, previous.data ?? {})) problems.forbidden('data', sealed);
}

export function validateNamespace(namespace: Namespace, problems: Problems): void {
  for (const finalizer of list(namespace.spec?.finalizers)) {
    if (typeof finalizer !== 'string') continue;
    checkName(finalizer, checkQualifiedName, 'spec.finalizers', problems);
    if (finalizer.includes('/') || plainFinalizers.has(finalizer)) continue;
    const why = 'name is neither a standard finalizer name nor is it fully qualified';
    problems.invalid('spec.finalizers', finalizer, why);
  }
}

export function validateNode(node: Node, problems: Problems): void {
  const given = list(node.spec?.podCIDRs);
  const first = node.spec?.podCIDR;
  // Where the two differ, the older one counts.
  const ranges = first && first !== given[0] ? [first] : given;
  for (const [i, range] of ranges.entries()) {
    if (isCidr(String(range))) continue;
    const why = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
    problems.invalid(`spec.podCIDRs[${i}]`, range, why);
  }
  for (const part of ['capacity', 'allocatable'] as const) {
    validateAmounts(record(node.status)?.[part], `status.${part}`, problems);
  }
  const taints = new Set<string>();
  for (const [i, taint] of indexed(node.spec?.taints)) {
    const at = `spec.taints[${i}]`;
    for (const problem of checkQualifiedName(taint.key ?? '')) {
      problems.invalid(`${at}.key`, taint.key ?? '', problem);
    }
    if (!taint.effect) problems.required(`${at}.effect`);
    else {
      const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
      oneOf(taint.effect, effects, `${at}.effect`, problems);
    }
    checkName(taint.value, checkLabelValue, `${at}.value`, problems);
    const pair = `${taint.key}:${taint.effect}`;
    if (taints.has(pair)) {
      problems.duplicate(at, taint, 'taints must be unique by key and effect pair');
    }
    taints.add(pair);
  }
}

/** What a node has: not less than nothing, and things that are counted in whole numbers. */
function validateAmounts(amounts: unknown, field: string, problems: Problems): void {
  for (const [name, text] of Object.entries(isRecord(amounts) ? amounts : {})) {
    const quantity = typeof text === 'string' ? parseQuantity(text) : undefined;
    if (quantity === undefined) continue;
    if (quantity.nano < 0n) {
      problems.invalid(`${field}.${name}`, text, 'must be greater than or equal to 0');
    }
    const isCounted = name === 'pods' || !isNative(name);
    if (isCounted && quantity.nano % 1_000_000_000n !== 0n) {
      problems.invalid(`${field}.${name}`, text, 'must be an integer');
    }
  }
}

export function validateNodeUpdate(next: Node, previous: Node, problems: Problems): void {
  const { podCIDR, providerID } = previous.spec ?? {};
  if (podCIDR && next.spec?.podCIDR !== podCIDR) {
    problems.forbidden(
      'spec.podCIDRs',
      'node updates may not change podCIDR except from "" to valid',
    );
  }
  if (providerID && next.spec?.providerID !== providerID) {
    problems.forbidden(
      'spec.providerID',
      'node updates may not change providerID except from "" to valid',
    );
  }
}

export function validateLimitRange(limits: LimitRange, problems: Problems): void {
  const types = new Set<string>();
  for (const [i, item] of indexed(limits.spec?.limits)) {
    const at = `spec.limits[${i}]`;
    validateLimitType(item.type ?? '', `${at}.type`, problems);
    if (types.has(item.type)) problems.duplicate(`${at}.type`, item.type);
    types.add(item.type);
    if (item.type === 'Pod') {
      for (const name of ['default', 'defaultRequest'] as const) {
        if (Object.keys(item[name] ?? {}).length > 0) {
          problems.forbidden(`${at}.${name}`, "may not be specified when `type` is 'Pod'");
        }
      }
    }
    validateLimitedNames(item, at, problems);
    if (item.type === 'PersistentVolumeClaim') {
      const bounds = [record(item.min)?.storage, record(item.max)?.storage];
      if (bounds.every((bound) => bound === undefined)) {
        problems.required(
          `${at}.limits`,
          'either minimum or maximum storage value is required, but neither was provided',
        );
      }
    }
    validateLimits(item, at, problems);
  }
}

/** Bounds of pods and containers are of what these can have, others of anything that is counted. */
function validateLimitedNames(item: core.LimitRangeItem, field: string, problems: Problems): void {
  const isOfPods = item.type === 'Pod' || item.type === 'Container';
  const check = isOfPods ? checkContainerResource : checkResourceName;
  const defaults = item.type === 'Pod' ? [] : (['default', 'defaultRequest'] as const);
  for (const part of ['max', 'min', ...defaults, 'maxLimitRequestRatio'] as const) {
    for (const name of Object.keys(record(item[part]) ?? {})) {
      check(name, `${field}.${part}[${name}]`, problems);
    }
  }
}

const limitTypes = new Set(['Container', 'PersistentVolumeClaim', 'Pod']);

function validateLimitType(type: string, field: string, problems: Problems): void {
  const malformed = checkQualifiedName(type);
  for (const problem of malformed) problems.invalid(field, type, problem);
  if (malformed.length === 0 && !type.includes('/') && !limitTypes.has(type)) {
    problems.invalid(field, type, 'must be a standard limit type or fully qualified');
  }
}

/** Which of two amounts is at most the other, where the message stands, and its words for the two. */
const orders = [
  ['min', 'max', 'min', 'min', 'max'],
  ['min', 'defaultRequest', 'defaultRequest', 'min', 'default request'],
  ['defaultRequest', 'max', 'defaultRequest', 'default request', 'max'],
  ['defaultRequest', 'default', 'defaultRequest', 'default request', 'default limit'],
  ['min', 'default', 'default', 'min', 'default'],
  ['default', 'max', 'default', 'default', 'max'],
] as const;

/** min ≤ defaultRequest ≤ default ≤ max, for each resource that has them. */
function validateLimits(item: core.LimitRangeItem, field: string, problems: Problems): void {
  for (const [low, high, place, lowWords, highWords] of orders) {
    for (const [name, text] of Object.entries(record(item[low]) ?? {})) {
      const bound = record(item[high])?.[name];
      const a = parseQuantity(text);
      const b = bound === undefined ? undefined : parseQuantity(bound);
      if (a === undefined || b === undefined || compare(a, b) <= 0) continue;
      const why = `${lowWords} value ${text} is greater than ${highWords} value ${bound}`;
      problems.invalid(`${field}.${place}[${name}]`, record(item[place])?.[name], why);
    }
  }
  for (const [name, ratio] of Object.entries(record(item.maxLimitRequestRatio) ?? {})) {
    const at = `${field}.maxLimitRequestRatio[${name}]`;
    validateRatio(ratio, record(item.min)?.[name], record(item.max)?.[name], at, problems);
  }
  for (const [name, request] of Object.entries(record(item.defaultRequest) ?? {})) {
    const limit = record(item.default)?.[name];
    const [a, b] = [parseQuantity(request), limit === undefined ? undefined : parseQuantity(limit)];
    if (a === undefined || b === undefined || compare(a, b) === 0) continue;
    // More of these may be promised than there is.
    if (isNative(name) && !name.startsWith('hugepages-')) continue;
    const why = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
    problems.invalid(`${field}.defaultRequest[${name}]`, request, why);
  }
}

/** How much more a limit may be than its request, which the bounds must leave room for. */
function validateRatio(
  ratio: string,
  min: string | undefined,
  max: string | undefined,
  field: string,
  problems: Problems,
): void {
  const most = parseQuantity(ratio);
  if (most === undefined) return;
  if (toMilli(most) < 1000) problems.invalid(field, ratio, `ratio ${ratio} is less than 1`);
  const [low, high] = [min, max].map((bound) =>
    bound === undefined ? undefined : parseQuantity(bound),
  );
  if (low === undefined || high === undefined) return;
  const room = toNumber(high) / toNumber(low);
  if (toNumber(most) > room) {
    problems.invalid(field, ratio, `ratio ${ratio} is greater than max/min = ${room.toFixed(6)}`);
  }
}
