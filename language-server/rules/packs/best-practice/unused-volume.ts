import { at } from '../../../references/fields.ts';
import { listAt } from '../../cross-selectors.ts';
import { podExample } from '../examples.ts';
import type { PackRule } from '../pack-rule.ts';
import { allContainers } from '../subject.ts';

export const unusedVolume: PackRule = {
  id: 'unused-volume',
  packs: ['best-practice'],
  severity: 'warning',
  title: 'Volumes are mounted by a container',
  why: 'A volume that no container mounts does nothing, but the pod waits for it all the same: for the claim to be bound, for the Secret to be there. Mostly the mount was forgotten.',
  howToFix: 'Mount it (`volumeMounts`), or remove it.',
  bad: podExample(
    'image: registry.example.com/web:1.4.2',
    'volumes:\n  - name: cache\n    emptyDir: {}',
  ),
  good: podExample(
    'image: registry.example.com/web:1.4.2\nvolumeMounts:\n  - name: cache\n    mountPath: /cache',
    'volumes:\n  - name: cache\n    emptyDir: {}',
  ),
  sources: ['https://kubernetes.io/docs/concepts/storage/volumes/'],
  check({ pod }) {
    if (pod === undefined) return [];
    const used = new Set(
      allContainers(pod).flatMap(({ value }) =>
        ['volumeMounts', 'volumeDevices'].flatMap((field) =>
          listAt(value, [field]).map((mount) => at(mount, ['name'])),
        ),
      ),
    );
    return listAt(pod.spec, ['volumes']).flatMap((volume, index) => {
      const name = at(volume, ['name']);
      if (typeof name !== 'string' || used.has(name)) return [];
      const path = [...pod.path, 'volumes', index, 'name'];
      return { path, message: `No container mounts volume "${name}"` };
    });
  },
};
