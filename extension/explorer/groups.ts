/** What is in which group of a namespace. */
import {
  configMaps,
  cronJobs,
  daemonSets,
  deployments,
  events,
  ingresses,
  jobs,
  type KnownResource,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  secrets,
  services,
  statefulSets,
  storageClasses,
} from '../../runtime/client/resources.ts';
import type { GroupName } from './nodes.ts';

export const groupResources: Record<GroupName, readonly KnownResource[]> = {
  workloads: [deployments, statefulSets, daemonSets, jobs, cronJobs],
  pods: [pods],
  services: [services, ingresses],
  config: [configMaps, secrets],
  storage: [persistentVolumeClaims],
  events: [events],
};

export const groupNames = Object.keys(groupResources) as GroupName[];

/** What a group without objects says. */
export const emptyNotes: Record<GroupName, string> = {
  workloads: 'No workloads',
  pods: 'No pods',
  services: 'No services or ingresses',
  config: 'No config maps or secrets',
  storage: 'No volume claims',
  events: 'No events in the last hour',
};

/** Those of no namespace that hang under "Volumes". */
export const volumeResources: readonly KnownResource[] = [persistentVolumes, storageClasses];

/** The group that shows a resource. */
export function groupOf(resource: KnownResource): GroupName | undefined {
  return groupNames.find((name) => groupResources[name].includes(resource));
}
