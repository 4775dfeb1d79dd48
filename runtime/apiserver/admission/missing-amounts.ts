import type { WholePodSpec } from '../../api/pod-totals.ts';
import type { core, Pod } from '../../api/types.ts';

/** Quotas on these want every container to say what it needs. */
const demanded: Readonly<Record<string, readonly ['requests' | 'limits', string]>> = {
  cpu: ['requests', 'cpu'],
  memory: ['requests', 'memory'],
  'requests.cpu': ['requests', 'cpu'],
  'requests.memory': ['requests', 'memory'],
  'limits.cpu': ['limits', 'cpu'],
  'limits.memory': ['limits', 'memory'],
};

/**
 * What containers do not say though these limits want it: `limits.cpu for: a,b; requests.cpu for: a`.
 * Empty if nothing is missing, or the pod says it for all of them together.
 */
export function missingAmounts({ spec }: Pod, limits: readonly string[]): string {
  const { requests = {}, limits: most = {} } = (spec as WholePodSpec).resources ?? {};
  if (Object.keys({ ...requests, ...most }).length > 0) return '';
  const lacking: string[] = [];
  for (const name of [...limits].sort()) {
    const [side, resource] = demanded[name] ?? [];
    if (side === undefined || resource === undefined) continue;
    const without = [...spec.containers, ...(spec.initContainers ?? [])]
      .filter(({ resources }: core.Container) => resources?.[side]?.[resource] === undefined)
      .map((container) => container.name);
    if (without.length > 0) lacking.push(`${name} for: ${[...new Set(without)].sort().join(',')}`);
  }
  return lacking.join('; ');
}
