/** What pods count for when nodes are compared. */
import { amountsOf, combineRequests } from '../api/pod-demand.ts';
import type { core } from '../api/types.ts';

/** What a container without requests counts for in scores, lest all such pods meet on one node. */
const unknownCpu = 100;
const unknownMemory = 200 * 1024 * 1024;

/** What the pod asks for, with a guess for containers that say nothing; for scores only. */
export function scoredRequests(spec: core.PodSpec): { cpu: number; memory: number } {
  const total = combineRequests(spec, (container) => {
    const amounts = amountsOf(container.resources?.requests);
    return new Map([
      ['cpu', amounts.get('cpu') ?? unknownCpu],
      ['memory', amounts.get('memory') ?? unknownMemory],
    ]);
  });
  return { cpu: total.get('cpu') ?? 0, memory: total.get('memory') ?? 0 };
}
