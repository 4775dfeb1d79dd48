/**
 * How many addresses a service has and of which families. Skiff's clusters know one family, IPv4;
 * only services without addresses and selector may promise another, since somebody else gives them
 * their endpoints.
 * k8s.io/kubernetes/pkg/registry/core/service/storage, initIPFamilyFields
 */
import type { ApiError, StatusCause } from '../../api/status.ts';
import type { core, Service } from '../../api/types.ts';
import { isIPv6 } from '../../api/validation/names.ts';
import { Problems } from '../../api/validation/problems.ts';
import { validateServiceAddresses } from '../../api/validation/services.ts';
import { invalidKind } from '../verbs/errors.ts';

type Spec = core.ServiceSpec;

/**
 * Fills in policy and families. Throws Invalid if what was asked for cannot be had, before anything
 * else of the service is judged.
 */
export function settleFamilies(service: Service, previous: Service | undefined): void {
  const { spec } = service;
  const before = previous?.spec;
  if (spec.type === 'ExternalName' || stillPrefersDual(spec, before)) return;
  const bare = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= before?.ipFamilyPolicy ?? (bare ? 'RequireDualStack' : 'SingleStack');
  insist(service, (problems) => validateServiceAddresses(spec, problems));
  insist(service, (problems) => {
    if (before !== undefined) checkReduced(spec, before, problems);
    checkPolicy(spec, problems);
    inferFamilies(spec, problems);
  });
  if (bare) {
    completeBare(spec);
    return;
  }
  insist(service, (problems) => {
    if (spec.ipFamilyPolicy === 'RequireDualStack') {
      const why = 'this cluster is not configured for dual-stack services';
      problems.invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, why);
    }
    for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
      if (family === 'IPv4') continue;
      problems.invalid(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster');
    }
  });
  if (!spec.ipFamilies?.length) spec.ipFamilies = ['IPv4'];
}

/** Neither gets nor loses an address when a cluster begins or ends to know a second family. */
function stillPrefersDual(spec: Spec, before: Spec | undefined): boolean {
  return (
    before !== undefined &&
    spec.type === before.type &&
    spec.ipFamilyPolicy === 'PreferDualStack' &&
    (before.ipFamilyPolicy ?? 'PreferDualStack') === 'PreferDualStack' &&
    sameList(spec.clusterIPs, before.clusterIPs) &&
    sameList(spec.ipFamilies, before.ipFamilies)
  );
}

/** The second address or family goes with the policy that says so, and by no mistake. */
function checkReduced(spec: Spec, before: Spec, problems: Problems): void {
  const [addresses, families] = [spec.clusterIPs ?? [], spec.ipFamilies ?? []];
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (sameList(addresses, before.clusterIPs) && addresses.length > 1) {
      spec.clusterIPs = addresses.slice(0, 1);
    }
    if (sameList(families, before.ipFamilies) && families.length > 1) {
      spec.ipFamilies = families.slice(0, 1);
    }
    return;
  }
  const release = (what: string) =>
    problems.invalid(
      'spec.ipFamilyPolicy',
      spec.ipFamilyPolicy,
      `must be 'SingleStack' to release the secondary ${what}`,
    );
  if (isReduced(addresses, before.clusterIPs)) release('cluster IP');
  if (isReduced(families, before.ipFamilies)) release('IP family');
}

/** Nothing given is nothing asked for. */
function isReduced(given: readonly string[], before: readonly string[] | undefined): boolean {
  return given.length > 0 && given.length < (before ?? []).length;
}

function checkPolicy(spec: Spec, problems: Problems): void {
  if (spec.ipFamilyPolicy !== 'SingleStack') return;
  const several = (what: string) =>
    problems.invalid(
      'spec.ipFamilyPolicy',
      spec.ipFamilyPolicy,
      `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`,
    );
  if (spec.clusterIPs?.length === 2) several('cluster IPs');
  if (spec.ipFamilies?.length === 2) several('IP families');
}

function inferFamilies(spec: Spec, problems: Problems): void {
  for (const [i, address] of (spec.clusterIPs ?? []).entries()) {
    if (address === 'None') break;
    if (i < (spec.ipFamilies ?? []).length) continue;
    if (isIPv6(address)) {
      const why = 'IPv6 is not configured on this cluster';
      problems.invalid(`spec.clusterIPs[${i}]`, spec.clusterIPs, why);
    } else spec.ipFamilies = [...(spec.ipFamilies ?? []), 'IPv4'];
  }
}

function completeBare(spec: Spec): void {
  const families = spec.ipFamilies?.length ? spec.ipFamilies : ['IPv4'];
  const other = families[0] === 'IPv4' ? 'IPv6' : 'IPv4';
  const lacks = families.length < 2 && spec.ipFamilyPolicy !== 'SingleStack';
  spec.ipFamilies = lacks ? [...families, other] : families;
}

export function sameList(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}

/** Throws Invalid with what `check` finds. */
function insist(service: Service, check: (problems: Problems) => void): void {
  const problems = new Problems();
  check(problems);
  if (problems.causes.length > 0) throw refusal(service, problems.causes);
}

function refusal({ metadata }: Service, causes: readonly StatusCause[]): ApiError {
  return invalidKind({ group: '', kind: 'Service' }, metadata.name ?? '', causes);
}

/** Invalid, for one thing that is wrong. */
export function refused(service: Service, field: string, value: unknown, why: string): ApiError {
  const problems = new Problems();
  problems.invalid(field, value, why);
  return refusal(service, problems.causes);
}
