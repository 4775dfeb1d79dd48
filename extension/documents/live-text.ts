/**
 * A live object as text that a person edits, and back. What the server keeps for itself (versions,
 * who owns which field, status) is left out of the text and put back on save, so a status that
 * changes every second does not fight with the person who edits the spec.
 */
import { parseDocument, stringify } from 'yaml';
import type { KubeObject, ObjectMeta, UnknownObject } from '../../runtime/api/object.ts';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
const hiddenMeta = [
  'managedFields',
  'resourceVersion',
  'uid',
  'generation',
  'creationTimestamp',
  'selfLink',
] as const;

/** The YAML that is shown. */
export function liveText(object: KubeObject): string {
  return toYaml(writtenPart(object));
}

/** What a person would write to get such an object. */
export function writtenPart(object: KubeObject): UnknownObject {
  const { status: _status, metadata, ...rest } = object as UnknownObject;
  const shown: Record<string, unknown> = { ...metadata };
  for (const field of hiddenMeta) delete shown[field];
  if (metadata.annotations?.[lastApplied] !== undefined) {
    const { [lastApplied]: _hidden, ...annotations } = metadata.annotations;
    if (Object.keys(annotations).length === 0) delete shown.annotations;
    else shown.annotations = annotations;
  }
  const { apiVersion, kind, ...fields } = rest;
  return { apiVersion, kind, metadata: shown, ...fields } as UnknownObject;
}

/** Like `kubectl get -o yaml`: no line folding, block text for text of several lines. */
export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false });
}

/** What is wrong with edited text, in words for the person who edited it. */
export class LiveTextError extends Error {}

/**
 * The object to write back: the edited text with the hidden parts of the live object.
 * Throws LiveTextError for text that is no YAML, or is another object.
 */
export function editedObject(text: string, live: KubeObject): KubeObject {
  const document = parseDocument(text, { version: '1.1' });
  const [problem] = document.errors;
  if (problem !== undefined) throw new LiveTextError(problem.message.split('\n')[0]);
  const value: unknown = document.toJS();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new LiveTextError('This is not an object');
  }
  const edited = value as UnknownObject;
  for (const field of ['apiVersion', 'kind'] as const) {
    if (edited[field] !== live[field]) {
      throw new LiveTextError(`${field} cannot be changed here (it is ${live[field]})`);
    }
  }
  const { name, namespace } = edited.metadata ?? {};
  if (name !== live.metadata.name || (namespace ?? '') !== (live.metadata.namespace ?? '')) {
    throw new LiveTextError('The name and namespace of a live object cannot be changed');
  }
  const metadata: ObjectMeta = { ...edited.metadata };
  const hidden = live.metadata.annotations?.[lastApplied];
  if (hidden !== undefined)
    metadata.annotations = { ...metadata.annotations, [lastApplied]: hidden };
  for (const field of ['resourceVersion', 'uid', 'creationTimestamp', 'generation'] as const) {
    if (live.metadata[field] !== undefined)
      Object.assign(metadata, { [field]: live.metadata[field] });
  }
  const { status } = live as UnknownObject;
  return { ...edited, metadata, ...(status === undefined ? {} : { status }) } as KubeObject;
}
