/** Pods and containers for tests. */
import type { core, Pod } from '../../api/types.ts';
import { type ContainerInfo, engineLabels } from '../../engine/engine.ts';
import { hashOf } from '../spec/containers.ts';
import { kubeletLabels } from '../spec/labels.ts';

/** A pod on node-1 with what is given. */
export function podOf(name: string, spec: Partial<core.PodSpec>, status?: core.PodStatus): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { app: name },
    },
    spec: {
      nodeName: 'node-1',
      restartPolicy: 'Always',
      containers: [{ name: 'app', image: 'a:1' }],
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}

/** A container as the engine tells of it. */
export function infoOf(
  role: 'sandbox' | 'container',
  name: string,
  more: Partial<ContainerInfo> & { attempt?: number; sandbox?: string; image?: string } = {},
): ContainerInfo {
  const { attempt = 0, sandbox = 'POD-0', image = 'a:1', ...rest } = more;
  return {
    id: `${name}-${attempt}`,
    name: `k8s_${name}`,
    image,
    imageId: `sha256:${image}`,
    labels: {
      [engineLabels.role]: role,
      [engineLabels.attempt]: String(attempt),
      ...(role === 'container'
        ? {
            [engineLabels.container]: name,
            [kubeletLabels.sandbox]: sandbox,
            [kubeletLabels.hash]: hashOf({ name, image }),
          }
        : {}),
    },
    state: 'running',
    createdAt: 1_000,
    startedAt: 2_000,
    finishedAt: 0,
    exitCode: 0,
    oomKilled: false,
    error: '',
    address: role === 'sandbox' ? '10.244.0.5' : '',
    pid: 1,
    ...rest,
  };
}

/** The same, ended. */
export function endedOf(
  name: string,
  exitCode: number,
  more: Parameters<typeof infoOf>[2] = {},
): ContainerInfo {
  return infoOf('container', name, { state: 'exited', exitCode, finishedAt: 5_000, ...more });
}
