import { podExample } from '../examples.ts';
import { imageNameOf, isMoving } from '../image-name.ts';
import type { PackRule } from '../pack-rule.ts';
import { allContainers, containerFinding } from '../subject.ts';

export const latestTag: PackRule = {
  id: 'latest-tag',
  packs: ['best-practice'],
  severity: 'warning',
  title: 'Images are named with a version',
  why: '`latest`, and no tag, which means the same, is another image every week. Nobody can say what runs, two pods of one Deployment may run different code, and rolling back goes back to the same name, which is to say to nothing.',
  howToFix: 'Name the version (`:1.4.2`) or the digest (`@sha256:…`) of the image.',
  bad: podExample('image: registry.example.com/web:latest'),
  good: podExample('image: registry.example.com/web:1.4.2'),
  sources: ['https://kubernetes.io/docs/concepts/containers/images/#image-names'],
  looksAround: true,
  check: ({ pod, workspace, uri }) =>
    allContainers(pod).flatMap((container) => {
      const name = imageNameOf(container.value.image);
      if (name === undefined || !isMoving(name)) return [];
      if (workspace.isVersioned(uri, name.name)) return [];
      const why = name.tag === undefined ? 'has no version, which means latest' : 'is named latest';
      return containerFinding(
        container,
        `The image of container "${container.name}" ${why}`,
        undefined,
        ['image'],
      );
    }),
};
