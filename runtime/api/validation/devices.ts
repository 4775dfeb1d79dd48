/** resource.k8s.io: classes of devices, claims of them, and what nodes offer. */
import type { KubeObject } from '../object.ts';
import { checkLabel, checkQualifiedName, checkSubdomain } from './names.ts';
import type { Problems } from './problems.ts';
import { readQuantity } from './resources.ts';
import {
  indexed,
  isRecord,
  list,
  notNegative,
  oneOf,
  positive,
  record,
  requireName,
} from './values.ts';

/** At most this many requests in a claim, and selectors in a request. */
const maxItems = 32;
const maxDevices = 128;

interface Selector {
  cel?: { expression?: string };
}

interface DeviceRequest {
  name?: string;
  deviceClassName?: string;
  allocationMode?: string;
  count?: number;
  selectors?: Selector[];
}

interface ClaimSpec {
  devices?: {
    requests?: (DeviceRequest & { exactly?: DeviceRequest; firstAvailable?: DeviceRequest[] })[];
  };
}

export function validateDeviceClass(
  { spec }: KubeObject & { spec?: { selectors?: Selector[] } },
  problems: Problems,
): void {
  validateSelectors(record(spec)?.selectors, 'spec.selectors', problems);
}

function validateSelectors(
  selectors: Selector[] | undefined,
  field: string,
  problems: Problems,
): void {
  const count = list(selectors).length;
  if (count > maxItems) problems.tooMany(field, count, maxItems);
  for (const [i, { cel }] of indexed(selectors)) {
    if (!isRecord(cel)) problems.required(`${field}[${i}].cel`);
    else if (!(cel as Selector['cel'])?.expression)
      problems.required(`${field}[${i}].cel.expression`);
  }
}

export function validateResourceClaim(
  { spec }: KubeObject & { spec?: ClaimSpec },
  problems: Problems,
): void {
  validateClaimOfDevices(record(spec), 'spec', problems);
}

export function validateResourceClaimTemplate(
  { spec }: KubeObject & { spec?: { spec?: ClaimSpec } },
  problems: Problems,
): void {
  validateClaimOfDevices(record(record(spec)?.spec), 'spec.spec', problems);
}

function validateClaimOfDevices(
  spec: ClaimSpec | undefined,
  field: string,
  problems: Problems,
): void {
  const names = new Set<string>();
  const requests = record(spec?.devices)?.requests;
  const count = list(requests).length;
  if (count > maxItems) problems.tooMany(`${field}.devices.requests`, count, maxItems);
  for (const [i, request] of indexed(requests)) {
    const at = `${field}.devices.requests[${i}]`;
    validateRequestName(request.name, `${at}.name`, names, problems);
    const { exactly, firstAvailable } = request;
    if (isRecord(exactly) && list(firstAvailable).length > 0) {
      problems.invalid(
        at,
        '',
        'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set',
      );
    } else if (isRecord(exactly)) validateRequest(exactly, `${at}.exactly`, problems);
    else if (list(firstAvailable).length === 0) {
      problems.required(at, 'exactly one of `exactly` or `firstAvailable` is required');
    }
    const alternatives = new Set<string>();
    for (const [j, alternative] of indexed(firstAvailable)) {
      const on = `${at}.firstAvailable[${j}]`;
      validateRequestName(alternative.name, `${on}.name`, alternatives, problems);
      validateRequest(alternative, on, problems);
    }
  }
}

function validateRequestName(
  name: unknown,
  field: string,
  names: Set<string>,
  problems: Problems,
): void {
  requireName(name, checkLabel, field, problems);
  if (typeof name !== 'string' || name === '') return;
  if (names.has(name)) problems.duplicate(field, name);
  names.add(name);
}

function validateRequest(request: DeviceRequest, field: string, problems: Problems): void {
  requireName(request.deviceClassName, checkSubdomain, `${field}.deviceClassName`, problems);
  validateSelectors(request.selectors, `${field}.selectors`, problems);
  const { allocationMode: mode, count } = request;
  oneOf(mode || undefined, ['All', 'ExactCount'], `${field}.allocationMode`, problems);
  if (mode === 'All' && count) {
    problems.invalid(`${field}.count`, count, "must not be specified when allocationMode is 'All'");
  } else if (mode !== 'All') positive(count, `${field}.count`, problems);
}

interface Slice extends KubeObject {
  spec?: {
    driver?: string;
    nodeName?: string;
    nodeSelector?: object;
    allNodes?: boolean;
    perDeviceNodeSelection?: boolean;
    pool?: { name?: string; generation?: number; resourceSliceCount?: number };
    devices?: { name?: string; capacity?: Record<string, { value?: unknown }> }[];
  };
}

export function validateResourceSlice({ spec }: Slice, problems: Problems): void {
  const given = record(spec) ?? {};
  requireName(given.driver, checkSubdomain, 'spec.driver', problems);
  const pool = record(given.pool);
  requireName(pool?.name, checkPoolName, 'spec.pool.name', problems);
  positive(pool?.resourceSliceCount ?? 0, 'spec.pool.resourceSliceCount', problems);
  notNegative(pool?.generation, 'spec.pool.generation', problems);
  const where = [
    given.nodeName,
    isRecord(given.nodeSelector),
    given.allNodes,
    given.perDeviceNodeSelection,
  ].filter(Boolean);
  const choice = '`nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection`';
  if (where.length === 0) problems.required('spec', `exactly one of ${choice} is required`);
  else if (where.length > 1) {
    problems.invalid(
      'spec',
      '',
      `exactly one of ${choice} is required, but multiple fields are set`,
    );
  }
  validateDevices(given.devices, problems);
}

/** Subdomains, with slashes between them. */
function checkPoolName(name: string): string[] {
  return name.split('/').flatMap(checkSubdomain);
}

function validateDevices(devices: NonNullable<Slice['spec']>['devices'], problems: Problems): void {
  const count = list(devices).length;
  if (count > maxDevices) problems.tooMany('spec.devices', count, maxDevices);
  const names = new Set<string>();
  for (const [i, device] of indexed(devices)) {
    const at = `spec.devices[${i}]`;
    validateRequestName(device.name, `${at}.name`, names, problems);
    for (const [name, capacity] of Object.entries(record(device.capacity) ?? {})) {
      for (const problem of checkQualifiedName(name)) {
        problems.invalid(`${at}.capacity`, name, problem);
      }
      readQuantity(record(capacity)?.value, `${at}.capacity[${name}].value`, problems);
    }
  }
}
