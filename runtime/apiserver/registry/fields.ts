/**
 * The fields that a field selector may name. Every kind has metadata.name and, if it is namespaced,
 * metadata.namespace; some have more.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
 */

import { valuesAt } from '../../api/custom/json-path.ts';
import type { UnknownObject } from '../../api/object.ts';
import { textAt } from './json.ts';
import type { ServedKind } from './served.ts';

type Getter = (object: UnknownObject) => string;

const at =
  (...path: string[]): Getter =>
  (object) =>
    textAt(object, ...path);

const orFalse =
  (...path: string[]): Getter =>
  (object) =>
    textAt(object, ...path) || 'false';

const orZero =
  (...path: string[]): Getter =>
  (object) =>
    textAt(object, ...path) || '0';

const involved = (name: string): [string, Getter][] =>
  ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
    (field) => [`${name}.${field}`, at(name, field)],
  );

const byKind: Record<string, Record<string, Getter>> = {
  '/Pod': {
    'spec.nodeName': at('spec', 'nodeName'),
    'spec.restartPolicy': at('spec', 'restartPolicy'),
    'spec.schedulerName': at('spec', 'schedulerName'),
    'spec.serviceAccountName': at('spec', 'serviceAccountName'),
    'spec.hostNetwork': orFalse('spec', 'hostNetwork'),
    'status.phase': at('status', 'phase'),
    'status.podIP': at('status', 'podIP'),
    // May be named, but the original keeps no value for it.
    'status.podIPs': () => '',
    'status.nominatedNodeName': at('status', 'nominatedNodeName'),
  },
  '/Node': { 'spec.unschedulable': orFalse('spec', 'unschedulable') },
  '/Namespace': { 'status.phase': at('status', 'phase') },
  '/Secret': { type: at('type') },
  '/Service': { 'spec.clusterIP': at('spec', 'clusterIP'), 'spec.type': at('spec', 'type') },
  '/ReplicationController': { 'status.replicas': orZero('status', 'replicas') },
  'batch/Job': { 'status.successful': orZero('status', 'succeeded') },
  'certificates.k8s.io/CertificateSigningRequest': { 'spec.signerName': at('spec', 'signerName') },
  '/Event': {
    ...Object.fromEntries(involved('involvedObject')),
    reason: at('reason'),
    reportingComponent: at('reportingComponent'),
    source: (object) =>
      textAt(object, 'source', 'component') || textAt(object, 'reportingComponent'),
    type: at('type'),
  },
  'events.k8s.io/Event': {
    ...Object.fromEntries(involved('regarding')),
    reason: at('reason'),
    reportingController: at('reportingController'),
    type: at('type'),
  },
};

/** Kinds without a namespace that have fields of their own know no such field. */
const withoutNamespace: ReadonlySet<string> = new Set([
  '/Node',
  '/Namespace',
  'certificates.k8s.io/CertificateSigningRequest',
]);

/** How to read the field, or undefined if selectors of this kind may not name it. */
export function fieldGetter(kind: ServedKind, field: string): Getter | undefined {
  if (field === 'metadata.name') return at('metadata', 'name');
  if (field === 'metadata.namespace') {
    if (withoutNamespace.has(`${kind.group}/${kind.kind}`)) return undefined;
    return kind.namespaced ? at('metadata', 'namespace') : () => '';
  }
  if ('custom' in kind) {
    const path = kind.custom.selectableFields.get(field);
    return path && ((object) => textAt({ value: valuesAt(object, path)[0] }, 'value'));
  }
  return byKind[`${kind.group}/${kind.kind}`]?.[field];
}

/** True for kinds whose selectors may name more than their objects' metadata. */
export function hasOwnFields(kind: ServedKind): boolean {
  return 'custom' in kind || byKind[`${kind.group}/${kind.kind}`] !== undefined;
}
