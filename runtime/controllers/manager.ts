/**
 * The controller manager: starts every controller on shared informers. Each is a loop of its own
 * that ends with the signal; a failure in one is logged and tried again and touches no other.
 */
import { setMaxListeners } from 'node:events';
import { runHorizontalPodAutoscalers } from './autoscaler/autoscaler.ts';
import { runCronJobs } from './cronjob/cronjob.ts';
import { runDaemonSets } from './daemonset/daemonset.ts';
import { runDeployments } from './deployment/deployment.ts';
import { runEndpoints } from './endpoints/endpoints.ts';
import { runEndpointSlices } from './endpoints/endpointslice.ts';
import { runEndpointSliceMirroring } from './endpoints/mirroring.ts';
import { runGarbageCollector } from './garbage/collector.ts';
import { runJobs } from './job/job.ts';
import { runTtlAfterFinished } from './job/ttl.ts';
import type { ControllerContext } from './kit/context.ts';
import { runNamespaces } from './namespace/namespace.ts';
import { runRootCaPublisher } from './namespace/root-ca.ts';
import { runServiceAccounts } from './namespace/service-account.ts';
import { runNodeLifecycle } from './node/lifecycle.ts';
import { runPodGarbageCollector } from './node/pod-gc.ts';
import { runTaintEviction } from './node/taint-eviction.ts';
import { runDisruption } from './policy/disruption.ts';
import { runResourceQuotas } from './policy/quota.ts';
import { runClusterRoleAggregation } from './policy/role-aggregation.ts';
import { runReplicaSets } from './replicaset/replicaset.ts';
import { runReplicationControllers } from './replicaset/replicationcontroller.ts';
import { runStatefulSets } from './statefulset/statefulset.ts';
import { runVolumeBinder } from './volume/binder.ts';
import { provideDefaultClass } from './volume/default-class.ts';
import { runEphemeralVolumes } from './volume/ephemeral.ts';
import { runVolumeProtection } from './volume/protection.ts';

type StartController = (context: ControllerContext) => void;

/** By the names of kube-controller-manager. */
const controllers: Readonly<Record<string, StartController>> = {
  'serviceaccount-controller': runServiceAccounts,
  'root-ca-certificate-publisher-controller': runRootCaPublisher,
  'namespace-controller': runNamespaces,
  'garbage-collector-controller': runGarbageCollector,
  'endpoints-controller': runEndpoints,
  'endpointslice-controller': runEndpointSlices,
  'endpointslice-mirroring-controller': runEndpointSliceMirroring,
  'deployment-controller': runDeployments,
  'replicaset-controller': runReplicaSets,
  'replicationcontroller-controller': runReplicationControllers,
  'statefulset-controller': runStatefulSets,
  'daemonset-controller': runDaemonSets,
  'job-controller': runJobs,
  'ttl-after-finished-controller': runTtlAfterFinished,
  'cronjob-controller': runCronJobs,
  'horizontal-pod-autoscaler-controller': runHorizontalPodAutoscalers,
  'node-lifecycle-controller': runNodeLifecycle,
  'taint-eviction-controller': runTaintEviction,
  'pod-garbage-collector-controller': runPodGarbageCollector,
  'persistentvolume-binder-controller': runVolumeBinder,
  'persistentvolume-protection-controller': runVolumeProtection,
  'disruption-controller': runDisruption,
  'resourcequota-controller': runResourceQuotas,
  'clusterrole-aggregation-controller': runClusterRoleAggregation,
  'default-storage-class': provideDefaultClass,
  'ephemeral-volume-controller': runEphemeralVolumes,
};

/** Starts all controllers; a controller that cannot be started is logged and left out. */
export function runControllers(context: ControllerContext): void {
  // Every loop and informer listens for the end; that many listeners are no leak.
  setMaxListeners(0, context.signal);
  for (const [name, start] of Object.entries(controllers)) {
    try {
      start(context);
    } catch (error) {
      context.log(`${name} could not be started: ${String(error)}`);
    }
  }
}
