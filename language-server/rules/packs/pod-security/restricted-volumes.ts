import { podExample } from '../examples.ts';
import { checkRule } from './check-rule.ts';

export const restrictedVolumes = checkRule({
  id: 'restricted-volumes',
  packs: ['pod-security-restricted'],
  level: 'restricted',
  checkId: 'restrictedVolumes',
  covers: 'host-path-volumes',
  title: 'Pods mount no volumes of the node or of old plug-ins',
  why: 'Besides `hostPath`, the volumes built into Kubernetes long ago (`nfs`, `iscsi`, `rbd`, …) are mounted with the node’s rights and whatever server and credentials the manifest names.',
  howToFix:
    'Claim storage with a PersistentVolumeClaim; the other kinds that are allowed are `configMap`, `csi`, `downwardAPI`, `emptyDir`, `ephemeral`, `image`, `projected` and `secret`.',
  bad: podExample(
    'image: registry.example.com/web:1.4.2',
    `volumes:
  - name: data
    nfs:
      server: nfs.example.com
      path: /data`,
  ),
  good: podExample(
    'image: registry.example.com/web:1.4.2',
    `volumes:
  - name: data
    persistentVolumeClaim:
      claimName: data`,
  ),
  fields: { volumes: true },
});
