/**
 * The names of fields in refusals, where those of the original are not the fields' own. Editors want
 * to know the place, and clients that compare refusals what the original calls it.
 */
import type { StatusCause } from '../status.ts';

interface Renaming {
  readonly from: RegExp;
  /** Left out: the original does not say it. */
  readonly to?: string;
  /** Only causes whose message is like this. */
  readonly of?: RegExp;
}

const renamings: readonly Renaming[] = [
  // pkg/apis/core/validation, ValidatePodTemplateSpec; whoever holds the template names its labels right.
  {
    from: /(^|\.)template\.metadata\.(labels|annotations)$/,
    to: '$1template.$2',
    of: /^(?!.*`selector` does not match)/s,
  },
  // validateDownwardAPIVolumeFile is given the volume, not the file.
  { from: /(\.downwardAPI)\.items\[\d+\]/, to: '$1' },
  { from: /(\.projected)\.sources\[\d+\]\.serviceAccountToken\.path$/, to: '$1.path' },
  { from: /(^spec|\.volumes\[\d+\])\.gcePersistentDisk\./, to: '$1.persistentDisk.' },
  { from: /(\.volumes\[\d+\]\.csi)\.nodePublishSecretRef\.name$/, to: '$1.name', of: /^Invalid/ },
  { from: /(\.envFrom)\[\d+\]$/, to: '$1' },
  {
    from: /(\.volumeMounts)\[\d+\]\.(subPath|subPathExpr|mountPropagation|recursiveReadOnly)$/,
    to: '$1.$2',
    of: /^(?!.*mutually exclusive)(?!.*image volume)/s,
  },
  {
    from: /(Affinity\.(?:required|preferred)DuringSchedulingIgnoredDuringExecution.*)\.namespaces$/,
    to: '$1.namespace',
  },
];

const byKind: Readonly<Record<string, readonly Renaming[]>> = {
  CustomResourceDefinition: [
    { from: /(?<=\.additionalPrinterColumns\[\d+\])\.jsonPath$/, to: '.JSONPath', of: /^Required/ },
  ],
  // That it selects nothing, not even its template, is all that is said of one without a selector.
  DaemonSet: [{ from: /^spec\.selector$/, of: /^Required/ }],
  Event: [
    { from: /^regarding\./, to: 'involvedObject.' },
    { from: /^regarding$/, to: 'involvedObject' },
    { from: /^note$/, to: 'message' },
    { from: /^deprecatedFirstTimestamp$/, to: 'firstTimestamp' },
    { from: /^deprecatedLastTimestamp$/, to: 'lastTimestamp' },
    { from: /^deprecatedCount$/, to: 'count' },
    { from: /^deprecatedSource$/, to: 'source' },
  ],
  HorizontalPodAutoscaler: [
    {
      from: /^spec\.targetCPUUtilizationPercentage$/,
      to: 'spec.metrics[0].resource.target.averageUtilization',
    },
  ],
  Node: [{ from: /^spec\.taints\[/, to: 'metadata.taints[' }],
  RuntimeClass: [
    { from: /^overhead\.podFixed\[/, to: 'overhead.limits[' },
    { from: /^scheduling(?=\.tolerations\[)/, to: 'scheduling.tolerations', of: /^(?!Duplicate)/ },
  ],
  Secret: [{ from: /^data(?=\[(?:username|password)\]$)/, to: 'data[%s]', of: /^Required/ }],
  Service: [{ from: /^spec\.loadBalancerSourceRanges/, to: 'spec.LoadBalancerSourceRanges' }],
};

/** The causes as the original names their fields. */
export function asOriginal(causes: readonly StatusCause[], kind: string): StatusCause[] {
  const table = [...renamings, ...(byKind[kind] ?? [])];
  return causes.flatMap((cause) => {
    const { field = '', message = '' } = cause;
    const found = table.find(({ from, of }) => from.test(field) && of?.test(message) !== false);
    if (found === undefined) return [cause];
    return found.to === undefined ? [] : [{ ...cause, field: field.replace(found.from, found.to) }];
  });
}
