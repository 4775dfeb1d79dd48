/** A container of a pod as the engine is asked for it. Pure. */
import type { Pod } from '../../api/types.ts';
import type { ContainerConfig, ImageInfo, Mount } from '../../engine/engine.ts';
import { expand } from '../env/expand.ts';
import { engineResources, oomScoreOf } from './amounts.ts';
import { type RoledContainer, stopSignalOf } from './containers.ts';
import { containerLabels, containerName } from './labels.ts';
import { securityOf } from './security.ts';

export interface ContainerInput {
  readonly pod: Pod;
  readonly container: RoledContainer;
  readonly attempt: number;
  readonly sandboxId: string;
  readonly cluster: string;
  readonly node: string;
  readonly nodeMemoryBytes: number;
  readonly image: ImageInfo;
  readonly environment: ReadonlyMap<string, string>;
  readonly mounts: readonly Mount[];
  /** The container whose processes an ephemeral container is to see. */
  readonly targetId: string | undefined;
}

/** Throws PodProblem CreateContainerConfigError. */
export function containerConfig(input: ContainerInput): ContainerConfig {
  const { pod, container, attempt, sandboxId, image, environment, mounts } = input;
  const { spec } = container;
  const lookup = (name: string) => environment.get(name);
  const command = spec.command?.map((text) => expand(text, lookup));
  const args = spec.args?.map((text) => expand(text, lookup));
  return {
    name: containerName(pod, spec.name, attempt),
    image: spec.image ?? '',
    labels: containerLabels(pod, input, container, { attempt, sandboxId }),
    // A command replaces the image's entrypoint and, without args, its command too.
    ...(command === undefined || command.length === 0 ? {} : { entrypoint: command }),
    ...(args === undefined || args.length === 0 ? {} : { command: args }),
    env: [...environment].map(([name, value]) => `${name}=${value}`),
    ...(spec.workingDir ? { workingDirectory: spec.workingDir } : {}),
    network: { type: 'container', id: sandboxId },
    ipc: pod.spec.hostIPC ? { type: 'host' } : { type: 'container', id: sandboxId },
    ...processNamespace(input),
    mounts,
    ...securityOf(pod, spec, image),
    ...engineResources(spec),
    oomScoreAdj: oomScoreOf(pod, spec, input.nodeMemoryBytes),
    ...stopSignalOf(spec),
    tty: spec.tty ?? false,
    stdin: spec.stdin ?? false,
    stdinOnce: spec.stdinOnce ?? false,
  };
}

function processNamespace(input: ContainerInput): Pick<ContainerConfig, 'pid'> {
  const { pod, sandboxId, targetId } = input;
  if (pod.spec.hostPID) return { pid: { type: 'host' } };
  if (targetId !== undefined) return { pid: { type: 'container', id: targetId } };
  return pod.spec.shareProcessNamespace ? { pid: { type: 'container', id: sandboxId } } : {};
}
