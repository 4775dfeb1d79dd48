import { podExample } from '../examples.ts';
import { imageNameOf, isMoving } from '../image-name.ts';
import type { PackRule } from '../pack-rule.ts';
import { allContainers, containerFinding } from '../subject.ts';

export const imagePullPolicy: PackRule = {
  id: 'image-pull-policy',
  packs: ['best-practice'],
  severity: 'warning',
  title: 'The pull policy fits the name of the image',
  why: 'A name that moves (`latest`, or no tag) with `IfNotPresent` or `Never` runs whatever each node happened to have, so that nodes differ. An image named by its digest can only be one image; to ask the registry for it at every start makes the registry a part of every restart.',
  howToFix:
    'Leave `imagePullPolicy` out, which is right for both: `Always` for `latest`, `IfNotPresent` for the rest. Better still, name a version.',
  bad: podExample('image: registry.example.com/web:latest\nimagePullPolicy: IfNotPresent'),
  good: podExample('image: registry.example.com/web:1.4.2\nimagePullPolicy: IfNotPresent'),
  sources: ['https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy'],
  check: ({ pod }) =>
    allContainers(pod).flatMap((container) => {
      const { image, imagePullPolicy: policy } = container.value;
      const name = imageNameOf(image);
      if (name === undefined || policy === undefined) return [];
      const isStale = isMoving(name) && policy !== 'Always';
      const isVain = name.digest !== undefined && policy === 'Always';
      if (!isStale && !isVain) return [];
      const message = isStale
        ? `"${String(policy)}" with a name that moves: each node runs what it happens to have`
        : 'An image named by its digest need not be asked for at every start';
      return containerFinding(
        container,
        message,
        {
          title: 'Leave imagePullPolicy to its default',
          fields: [{ remove: [...container.path, 'imagePullPolicy'] }],
        },
        ['imagePullPolicy'],
      );
    }),
};
