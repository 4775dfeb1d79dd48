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

/** What the first of the container's rules says that knows the exit code. */
function ruleFor(container: core.Container, exitCode: number): string | undefined {
  return (container as OwnRestart).restartPolicyRules?.find(({ exitCodes }) => {
    const named = exitCodes?.values?.includes(exitCode) ?? false;
    return named === (exitCodes?.operator === 'In');
  })?.action;
}

/** Whether such an end is one of the whole pod, which then starts anew (KEP-5532). */
export function restartsAll(container: core.Container, exitCode: number): boolean {
  return ruleFor(container, exitCode) === 'RestartAllContainers';
}

/** Whether an end of one of its containers may make the pod start anew. */
export function mayRestartAll({ spec }: Pod): boolean {
  return [...(spec.initContainers ?? []), ...spec.containers].some((container) =>
    (container as OwnRestart).restartPolicyRules?.some(
      ({ action }) => action === 'RestartAllContainers',
    ),
  );
}

/**
 * After an end with this exit code: as the container's rules say, else as its policy says.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
 */
export function restartsAfter(pod: Pod, container: core.Container, exitCode: number): boolean {
  if (ruleFor(container, exitCode) !== undefined) return true;
  const policy = restartPolicyOf(pod, container);
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** True if no end of the container makes it run again. */
export function runsOnce(pod: Pod, container: core.Container): boolean {
  const { restartPolicyRules = [] } = container as OwnRestart;
  return restartPolicyOf(pod, container) === 'Never' && restartPolicyRules.length === 0;
}
