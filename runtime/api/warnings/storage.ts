/** Claims, volumes, classes. */
import type { core, PersistentVolume, PersistentVolumeClaim } from '../types.ts';
import { indexed, isRecord } from '../validation/values.ts';
import { fractionOf } from './amounts.ts';
import type { Warnings } from './collector.ts';
import { labelKeys, labelValue, nodeSelectorTerm } from './node-labels.ts';

/** From before claims had a field for it. */
export const betaClass = 'volume.beta.kubernetes.io/storage-class';

export function claimSpec(
  spec: core.PersistentVolumeClaimSpec | undefined,
  field: string,
  warnings: Warnings,
): void {
  for (const which of ['requests', 'limits'] as const) {
    const amounts = spec?.resources?.[which];
    fractionOf(amounts, 'storage', `${field}.resources.${which}`, warnings);
  }
}

function classAnnotation(annotations: unknown, warnings: Warnings): void {
  if (!isRecord(annotations) || !(betaClass in annotations)) return;
  const field = `metadata.annotations[${betaClass}]`;
  const message = 'deprecated since v1.8; use "storageClassName" attribute instead';
  warnings.deprecated(field, `${field}: ${message}`);
}

export function claim(object: PersistentVolumeClaim, warnings: Warnings): void {
  classAnnotation(object.metadata.annotations, warnings);
  claimSpec(object.spec, 'spec', warnings);
}

export function volume({ metadata, spec }: PersistentVolume, warnings: Warnings): void {
  classAnnotation(metadata.annotations, warnings);
  if (spec?.persistentVolumeReclaimPolicy === 'Recycle') {
    const field = 'spec.persistentVolumeReclaimPolicy';
    const message =
      'The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';
    warnings.deprecated(field, `${field}: ${message}`);
  }
  const terms = spec?.nodeAffinity?.required?.nodeSelectorTerms;
  for (const [i, term] of indexed(terms)) {
    nodeSelectorTerm(term, `spec.nodeAffinity.required.nodeSelectorTerms[${i}]`, warnings);
  }
}

interface Topologies {
  readonly allowedTopologies?: readonly core.TopologySelectorTerm[];
}

export function storageClass({ allowedTopologies }: Topologies, warnings: Warnings): void {
  for (const [i, { matchLabelExpressions }] of indexed(allowedTopologies)) {
    for (const [j, { key }] of indexed(matchLabelExpressions)) {
      const at = `allowedTopologies[${i}].matchLabelExpressions[${j}].key`;
      labelValue(key, at, warnings, `${at}:`);
    }
  }
}

interface Capacity {
  readonly nodeTopology?: {
    readonly matchExpressions?: readonly { readonly key: string }[];
    readonly matchLabels?: Readonly<Record<string, string>>;
  };
}

export function storageCapacity({ nodeTopology }: Capacity, warnings: Warnings): void {
  for (const [i, { key }] of indexed(nodeTopology?.matchExpressions)) {
    labelValue(key, `nodeTopology.matchExpressions[${i}].key`, warnings);
  }
  const field = 'nodeTopology.matchLabels';
  labelKeys(nodeTopology?.matchLabels, field, warnings, (key) => `${field}.${key}`);
}
