/** Whether a container that has ended runs again. Pure. */
import type { core, Pod } from '../../api/types.ts';

/** Newer than the types (KEP-5307). */
interface OwnRestart {
  readonly restartPolicy?: string;
  readonly restartPolicyRules?: readonly {
    readonly action?: string;
    readonly exitCodes?: { readonly operator?: string; readonly values?: readonly number[] };
  }[];
}

/** The container's own policy, else the pod's. */
export function restartPolicyOf(pod: Pod, container: core.Container): string {
  return (container as OwnRestart).restartPolicy ?? pod.spec.restartPolicy ?? 'Always';
}

/**
 * After an end with this exit code: as the first of the container's rules says that knows the code, else
 * as its policy says.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
 */
export function restartsAfter(pod: Pod, container: core.Container, exitCode: number): boolean {
  for (const { action, exitCodes } of (container as OwnRestart).restartPolicyRules ?? []) {
    const named = exitCodes?.values?.includes(exitCode) ?? false;
    if (action === 'Restart' && named === (exitCodes?.operator === 'In')) return true;
  }
  const policy = restartPolicyOf(pod, container);
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** True if no end of the container makes it run again. */
export function runsOnce(pod: Pod, container: core.Container): boolean {
  const { restartPolicyRules = [] } = container as OwnRestart;
  return restartPolicyOf(pod, container) === 'Never' && restartPolicyRules.length === 0;
}
