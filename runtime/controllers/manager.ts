/**
 * The controller manager: starts every controller on shared informers. Each is a loop of its own
 * that ends with the signal; a failure in one is logged and tried again and touches no other.
 */
import { setMaxListeners } from 'node:events';
import type { Client } from '../client/client.ts';
import { runHorizontalPodAutoscalers } from './autoscaler/autoscaler.ts';
import { runCertificateApproving } from './certificates/approving.ts';
import { runCertificateCleaner } from './certificates/cleaner.ts';
import { runCertificateSigning } from './certificates/signing.ts';
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
import { runBootstrapSigner, runTokenCleaner } from './tokens/bootstrap-tokens.ts';
import { runLegacyTokenCleaner } from './tokens/legacy-tokens.ts';
import { runServiceAccountTokens } from './tokens/service-account-tokens.ts';
import { runVolumeBinder } from './volume/binder.ts';
import { provideDefaultClass } from './volume/default-class.ts';
import { runEphemeralVolumes } from './volume/ephemeral.ts';
import { runVolumeProtection } from './volume/protection.ts';

type StartController = (context: ControllerContext) => void;

/**
 * By the names of kube-controller-manager: the service account in kube-system that it calls as, whose
 * rights stand in apiserver/bootstrap/controller-roles.ts, and its start.
 */
const controllers: Readonly<Record<string, readonly [account: string, start: StartController]>> = {
  'serviceaccount-controller': ['service-account-controller', runServiceAccounts],
  'root-ca-certificate-publisher-controller': ['root-ca-cert-publisher', runRootCaPublisher],
  'serviceaccount-token-controller': ['tokens-controller', runServiceAccountTokens],
  'namespace-controller': ['namespace-controller', runNamespaces],
  'garbage-collector-controller': ['generic-garbage-collector', runGarbageCollector],
  'endpoints-controller': ['endpoint-controller', runEndpoints],
  'endpointslice-controller': ['endpointslice-controller', runEndpointSlices],
  'endpointslice-mirroring-controller': [
    'endpointslicemirroring-controller',
    runEndpointSliceMirroring,
  ],
  'deployment-controller': ['deployment-controller', runDeployments],
  'replicaset-controller': ['replicaset-controller', runReplicaSets],
  'replicationcontroller-controller': ['replication-controller', runReplicationControllers],
  'statefulset-controller': ['statefulset-controller', runStatefulSets],
  'daemonset-controller': ['daemon-set-controller', runDaemonSets],
  'job-controller': ['job-controller', runJobs],
  'ttl-after-finished-controller': ['ttl-after-finished-controller', runTtlAfterFinished],
  'cronjob-controller': ['cronjob-controller', runCronJobs],
  'horizontal-pod-autoscaler-controller': [
    'horizontal-pod-autoscaler',
    runHorizontalPodAutoscalers,
  ],
  'node-lifecycle-controller': ['node-controller', runNodeLifecycle],
  'taint-eviction-controller': ['node-controller', runTaintEviction],
  'pod-garbage-collector-controller': ['pod-garbage-collector', runPodGarbageCollector],
  'persistentvolume-binder-controller': ['persistent-volume-binder', runVolumeBinder],
  'persistentvolume-protection-controller': ['pv-protection-controller', runVolumeProtection],
  'disruption-controller': ['disruption-controller', runDisruption],
  'resourcequota-controller': ['resourcequota-controller', runResourceQuotas],
  'clusterrole-aggregation-controller': [
    'clusterrole-aggregation-controller',
    runClusterRoleAggregation,
  ],
  'certificatesigningrequest-approving-controller': [
    'certificate-controller',
    runCertificateApproving,
  ],
  'certificatesigningrequest-signing-controller': ['certificate-controller', runCertificateSigning],
  'certificatesigningrequest-cleaner-controller': ['certificate-controller', runCertificateCleaner],
  'legacy-serviceaccount-token-cleaner-controller': [
    'legacy-service-account-token-cleaner',
    runLegacyTokenCleaner,
  ],
  'token-cleaner-controller': ['token-cleaner', runTokenCleaner],
  'bootstrap-signer-controller': ['bootstrap-signer', runBootstrapSigner],
  'default-storage-class': ['persistent-volume-binder', provideDefaultClass],
  'ephemeral-volume-controller': ['ephemeral-volume-controller', runEphemeralVolumes],
};

/** The service accounts that controllers call as. */
export const accounts: ReadonlySet<string> = new Set(
  Object.values(controllers).map(([account]) => account),
);

export interface ManagerContext extends ControllerContext {
  /** The client of a controller's service account; left out: all share `client`. */
  clientOf?: (account: string) => Client;
}

/** Starts all controllers; a controller that cannot be started is logged and left out. */
export function runControllers({ clientOf, ...context }: ManagerContext): void {
  // Every loop and informer listens for the end; that many listeners are no leak.
  setMaxListeners(0, context.signal);
  for (const [name, [account, start]] of Object.entries(controllers)) {
    try {
      start({ ...context, client: clientOf?.(account) ?? context.client });
    } catch (error) {
      context.log(`${name} could not be started: ${String(error)}`);
    }
  }
}
