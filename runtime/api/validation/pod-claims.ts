/** Devices that a pod claims (dynamic resource allocation), and which containers use them. */
import type { core } from '../types.ts';
import { checkLabel, checkSubdomain } from './names.ts';
import type { Problems } from './problems.ts';
import { checkName, indexed, isRecord, requireName } from './values.ts';

interface PodClaim {
  name?: string;
  resourceClaimName?: string;
  resourceClaimTemplateName?: string;
}

/** Checks the claims and gives the names that containers may use. */
export function validatePodClaims(
  claims: readonly PodClaim[] | undefined,
  field: string,
  problems: Problems,
): Set<string> {
  const names = new Set<string>();
  for (const [i, claim] of indexed(claims)) {
    const at = `${field}[${i}]`;
    const { name, resourceClaimName, resourceClaimTemplateName } = claim;
    requireName(name, checkLabel, `${at}.name`, problems);
    if (name && names.has(name)) problems.duplicate(`${at}.name`, name);
    names.add(name ?? '');
    const given = [resourceClaimName, resourceClaimTemplateName].filter((each) => each != null);
    if (given.length === 0) {
      problems.invalid(
        at,
        claim,
        'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
      );
    } else if (given.length > 1) {
      problems.invalid(
        at,
        claim,
        'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
      );
    }
    checkName(resourceClaimName, checkSubdomain, `${at}.resourceClaimName`, problems);
    checkName(
      resourceClaimTemplateName,
      checkSubdomain,
      `${at}.resourceClaimTemplateName`,
      problems,
    );
  }
  return names;
}

/** What a container uses must be claimed by its pod, and named once. */
export function validateContainerClaims(
  resources: core.ResourceRequirements | undefined,
  field: string,
  { claims }: { claims: ReadonlySet<string> },
  problems: Problems,
): void {
  if (!isRecord(resources)) return;
  const { claims: used } = resources as { claims?: { name?: string; request?: string }[] };
  const seen = new Set<string>();
  for (const [i, { name, request }] of indexed(used)) {
    const at = `${field}[${i}]`;
    if (!name) {
      problems.required(`${at}.name`);
      continue;
    }
    const key = request ? `${name}/${request}` : name;
    if (seen.has(key) || (request && seen.has(name))) problems.duplicate(at, key);
    seen.add(key);
    if (claims.has(name)) continue;
    const known = claims.size === 0 ? ' which is empty' : `: ${[...claims].sort().join(', ')}`;
    problems.notFound(at, name, `must be one of the names in pod.spec.resourceClaims${known}`);
  }
}
