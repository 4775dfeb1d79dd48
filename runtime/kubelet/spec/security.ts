/** Security contexts, of the pod and of the container, as the engine takes them. Pure. */
import type { core, Pod } from '../../api/types.ts';
import type { ContainerConfig, ImageInfo } from '../../engine/engine.ts';
import { PodProblem } from '../context.ts';
import { podText } from './containers.ts';

type SecurityConfig = Pick<
  ContainerConfig,
  'user' | 'groups' | 'privileged' | 'readOnlyRoot' | 'noNewPrivileges' | 'capabilities' | 'seccomp'
>;

/** Throws PodProblem CreateContainerConfigError where the pod forbids what the image wants. */
export function securityOf(pod: Pod, container: core.Container, image: ImageInfo): SecurityConfig {
  const ofPod = pod.spec.securityContext ?? {};
  const own = container.securityContext ?? {};
  const runAsUser = own.runAsUser ?? ofPod.runAsUser;
  const runAsGroup = own.runAsGroup ?? ofPod.runAsGroup;
  if (own.runAsNonRoot ?? ofPod.runAsNonRoot) {
    checkNotRoot(runAsUser, image, pod, container);
  }
  const user = userOf(runAsUser, runAsGroup, image);
  const groups = [
    ...(ofPod.supplementalGroups ?? []),
    ...(ofPod.fsGroup === undefined ? [] : [ofPod.fsGroup]),
  ].map(String);
  const add = own.capabilities?.add?.map(bareCapability);
  const drop = own.capabilities?.drop?.map(bareCapability);
  return {
    ...(user === undefined ? {} : { user }),
    ...(groups.length === 0 ? {} : { groups: [...new Set(groups)] }),
    privileged: own.privileged ?? false,
    readOnlyRoot: own.readOnlyRootFilesystem ?? false,
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    ...(add === undefined && drop === undefined
      ? {}
      : { capabilities: { ...(add && { add }), ...(drop && { drop }) } }),
    ...seccompOf(own.seccompProfile ?? ofPod.seccompProfile),
  };
}

/** The user part must be known to set a group: a number, or the image's own user. */
function userOf(
  runAsUser: number | undefined,
  runAsGroup: number | undefined,
  image: ImageInfo,
): string | undefined {
  const [imageUser = ''] = image.user.split(':');
  const user = runAsUser === undefined ? imageUser : String(runAsUser);
  if (runAsGroup !== undefined) return `${user === '' ? '0' : user}:${runAsGroup}`;
  return runAsUser === undefined ? undefined : user;
}

function checkNotRoot(
  runAsUser: number | undefined,
  image: ImageInfo,
  pod: Pod,
  container: core.Container,
): void {
  const where = `(pod: "${podText(pod)}", container: ${container.name})`;
  const refuse = (message: string): never => {
    throw new PodProblem('CreateContainerConfigError', `${message} ${where}`);
  };
  if (runAsUser !== undefined) {
    if (runAsUser === 0) refuse("container's runAsUser breaks non-root policy");
    return;
  }
  const [user = ''] = image.user.split(':');
  if (user === '' || user === '0') {
    refuse('container has runAsNonRoot and image will run as root');
  }
  if (!/^\d+$/.test(user)) {
    refuse(
      `container has runAsNonRoot and image has non-numeric user (${user}), ` +
        'cannot verify user is non-root',
    );
  }
}

function bareCapability(name: string): string {
  return name.replace(/^CAP_/, '');
}

/** Kubernetes runs unconfined unless told otherwise; Docker would apply its own profile. */
function seccompOf(profile: core.SeccompProfile | undefined): Pick<ContainerConfig, 'seccomp'> {
  if (profile?.type === 'RuntimeDefault') return { seccomp: 'runtime-default' };
  if (profile?.type === 'Localhost') {
    throw new PodProblem(
      'CreateContainerConfigError',
      `seccomp profile "${profile.localhostProfile}" of type Localhost is not supported`,
    );
  }
  return { seccomp: 'unconfined' };
}
