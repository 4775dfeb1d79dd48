/** The revisions of a workload that it can be rolled back to, and how. Pure. */
import { controllerOf, type KubeObject } from '../../runtime/api/object.ts';
import type { ControllerRevision, core, ReplicaSet } from '../../runtime/api/types.ts';
import type { PatchType } from '../../runtime/client/client.ts';

export interface Revision {
  number: number;
  created: string;
  images: string[];
  /** `kubernetes.io/change-cause` */
  cause?: string;
  template: core.PodTemplateSpec | undefined;
  /** What a ControllerRevision keeps: a patch that leads back. */
  data: unknown;
}

const revisionAnnotation = 'deployment.kubernetes.io/revision';
const templateHash = 'pod-template-hash';

/** The owner's own revisions, newest (the present one) first. */
export function revisionsOf(
  owner: KubeObject,
  items: readonly (ReplicaSet | ControllerRevision)[],
): Revision[] {
  return items
    .filter((item) => controllerOf(item)?.uid === owner.metadata.uid)
    .map((item) => {
      const { annotations = {}, creationTimestamp } = item.metadata;
      const { template } = (item as ReplicaSet).spec ?? {};
      const data = (item as ControllerRevision).data as unknown;
      const kept = template ?? (data as { spec?: ReplicaSet['spec'] } | undefined)?.spec?.template;
      const cause = annotations['kubernetes.io/change-cause'];
      return {
        number:
          (item as ControllerRevision).revision ?? Number(annotations[revisionAnnotation] ?? 0),
        created: creationTimestamp,
        images: (kept?.spec?.containers ?? []).map((container) => container.image ?? '?'),
        ...(cause === undefined ? {} : { cause }),
        template,
        data,
      };
    })
    .sort((a, b) => b.number - a.number);
}

/** The patch that makes an earlier revision the present one, as kubectl rollout undo does. */
export function rollbackPatch(revision: Revision): { type: PatchType; patch: unknown } {
  if (revision.template === undefined) return { type: 'strategic', patch: revision.data };
  const labels = { ...revision.template.metadata?.labels };
  delete labels[templateHash];
  const template = {
    ...revision.template,
    metadata: { ...revision.template.metadata, labels },
  };
  return { type: 'json', patch: [{ op: 'replace', path: '/spec/template', value: template }] };
}
