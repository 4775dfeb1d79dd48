/** `metadata`, which all kinds share. */
import { type KubeObject, parseApiVersion } from '../object.ts';
import { checkLabel, checkQualifiedName, type NameCheck } from './names.ts';
import type { Problems } from './problems.ts';
import { annotations, checkName, immutable, indexed, labels, list, notNegative } from './values.ts';

/** Finalizers without a domain that the original knows. */
export const plainFinalizers: ReadonlySet<string> = new Set([
  'kubernetes',
  'orphan',
  'foregroundDeletion',
]);

export function validateMetadata(object: KubeObject, check: NameCheck, problems: Problems): void {
  const { metadata } = object;
  if (metadata?.generateName) {
    // A dash at its end is fine: a random suffix follows.
    const prefix = metadata.generateName.replace(/(?<=.)-$/, 'a');
    for (const problem of check(prefix)) {
      problems.invalid('metadata.generateName', metadata.generateName, problem);
    }
  }
  if (metadata?.name) checkName(metadata.name, check, 'metadata.name', problems);
  else if (!metadata?.generateName) {
    problems.required('metadata.name', 'name or generateName is required');
  }
  validateSharedMetadata(object, problems);
}

/** Of built-in kinds; the original asks them for no more of their metadata than what all objects share. */
const groupsOfAnyFinalizer: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'policy',
]);

/** Some built-in kinds and all custom resources take any qualified name for a finalizer. */
function takesAnyFinalizer({ apiVersion, kind }: KubeObject): boolean {
  const { group } = parseApiVersion(apiVersion);
  const builtIn = !group.includes('.') || group.endsWith('.k8s.io');
  return !builtIn || groupsOfAnyFinalizer.has(group) || (group === '' && kind === 'Event');
}

function validateSharedMetadata(object: KubeObject, problems: Problems): void {
  const { metadata = {} } = object;
  notNegative(metadata.generation, 'metadata.generation', problems);
  if (metadata.namespace) checkName(metadata.namespace, checkLabel, 'metadata.namespace', problems);
  labels(metadata.labels, 'metadata.labels', problems);
  annotations(metadata.annotations, 'metadata.annotations', problems);
  let controllers = 0;
  for (const [i, owner] of indexed(metadata.ownerReferences)) {
    const at = `metadata.ownerReferences[${i}]`;
    const { version } = parseApiVersion(owner.apiVersion ?? '');
    if (version === '' || version.includes('/')) {
      problems.invalid(`${at}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty');
    }
    for (const field of ['kind', 'name', 'uid'] as const) {
      if (!owner[field])
        problems.invalid(`${at}.${field}`, owner[field] ?? '', 'must not be empty');
    }
    if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
      const why = '/v1, Kind=Event is disallowed from being an owner';
      problems.invalid('metadata.ownerReferences', owner, why);
    }
    if (owner.controller === true) controllers++;
  }
  if (controllers > 1) {
    problems.invalid(
      'metadata.ownerReferences',
      metadata.ownerReferences,
      'Only one reference can have Controller set to true.',
    );
  }
  for (const [i, finalizer] of list(metadata.finalizers).entries()) {
    if (typeof finalizer !== 'string') continue;
    checkName(finalizer, checkQualifiedName, 'metadata.finalizers', problems);
    if (takesAnyFinalizer(object)) continue;
    if (!finalizer.includes('/') && !plainFinalizers.has(finalizer)) {
      problems.invalid(
        `metadata.finalizers[${i}]`,
        finalizer,
        'name is neither a standard finalizer name nor is it fully qualified',
      );
    }
  }
}

export function validateMetadataUpdate(
  next: KubeObject,
  previous: KubeObject,
  problems: Problems,
): void {
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp'] as const) {
    const value = next.metadata[field];
    // The server fills in what a client leaves out.
    if (value !== undefined) {
      immutable(value, previous.metadata[field], `metadata.${field}`, problems);
    }
  }
  const { generation } = next.metadata;
  if (generation !== undefined && generation < (previous.metadata.generation ?? 0)) {
    problems.invalid('metadata.generation', generation, 'must not be decremented');
  }
  if (previous.metadata.deletionTimestamp !== undefined) {
    const before = new Set(previous.metadata.finalizers);
    const added = list(next.metadata.finalizers).filter((name) => !before.has(name));
    if (added.length > 0) {
      problems.forbidden(
        'metadata.finalizers',
        `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((name) => JSON.stringify(name)).join(', ')}}`,
      );
    }
  }
  validateSharedMetadata(next, problems);
}
