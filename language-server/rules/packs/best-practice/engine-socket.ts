import { at } from '../../../references/fields.ts';
import { listAt } from '../../cross-selectors.ts';
import { podExample } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';

const sockets =
  /^(\/var)?\/run\/(docker(\/containerd\/.*)?|containerd\/containerd|crio\/crio|podman\/podman|cri-dockerd)\.sock$/;

export const engineSocket: PackRule = {
  id: 'engine-socket',
  packs: ['best-practice'],
  severity: 'error',
  title: 'Pods do not get at the container engine of the node',
  why: 'The socket of Docker, containerd or CRI-O starts any container with any rights. Who can write to it has the node, and with the node’s certificates much of the cluster.',
  howToFix:
    'Build images with a tool that needs no engine (Buildah, Kaniko), ask the API server instead of the engine, or leave node tools to those who run the nodes.',
  bad: podExample(
    'image: registry.example.com/web:1.4.2',
    'volumes:\n  - name: docker\n    hostPath:\n      path: /var/run/docker.sock',
  ),
  good: podExample('image: registry.example.com/web:1.4.2'),
  sources: ['https://kubernetes.io/docs/concepts/storage/volumes/#hostpath'],
  check: ({ pod }) =>
    listAt(pod?.spec, ['volumes']).flatMap((volume, index) => {
      const path = at(volume, ['hostPath', 'path']);
      if (pod === undefined || typeof path !== 'string' || !sockets.test(path)) return [];
      return {
        path: [...pod.path, 'volumes', index, 'hostPath', 'path'],
        message: `${path} gives the pod the container engine, and so the node`,
      };
    }),
};
