/**
 * Objects within custom resources (`x-kubernetes-embedded-resource`): what every object has, they have,
 * and it is judged as that of every object.
 */
import type { KubeObject } from '../object.ts';
import { validateMetadata } from '../validation/metadata.ts';
import { checkLabel1035, checkPathSegment } from '../validation/names.ts';
import { Problems } from '../validation/problems.ts';

type Json = Record<string, unknown>;

const texts = ['name', 'generateName', 'namespace', 'uid', 'resourceVersion', 'selfLink'];
const textMaps = ['labels', 'annotations'];
const metadataFields = new Set([
  ...texts,
  ...textMaps,
  ...['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation'],
  ...['finalizers', 'ownerReferences', 'managedFields'],
]);

/** Takes out of an embedded object's metadata what metadata does not have, and gives the names. */
export function pruneEmbeddedMetadata(metadata: unknown): string[] {
  if (!isObject(metadata)) return [];
  const unknown = Object.keys(metadata).filter((name) => !metadataFields.has(name));
  for (const name of unknown) delete metadata[name];
  return unknown;
}

/** Says what is wrong with apiVersion, kind and metadata of the object at `path`. */
export function checkEmbedded(value: Json, path: string, problems: Problems): void {
  for (const name of ['apiVersion', 'kind']) {
    const text = value[name];
    if (typeof text !== 'string' || text === '') {
      problems.required(`${path}.${name}`, 'must not be empty');
    } else if (name === 'apiVersion' && text.split('/').length > 2) {
      problems.invalid(`${path}.apiVersion`, text, `unexpected GroupVersion string: ${text}`);
    } else if (name === 'kind') {
      for (const why of checkLabel1035(text.toLowerCase())) {
        problems.invalid(
          `${path}.kind`,
          text,
          `may have mixed case, but should otherwise match: ${why}`,
        );
      }
    }
  }
  const { metadata } = value;
  if (metadata === undefined || metadata === null) return;
  const misread = misreadPart(metadata);
  if (misread !== undefined) problems.invalid(`${path}.metadata`, metadata, misread);
  else checkMetadata(value, metadata as KubeObject['metadata'], path, problems);
}

/** By the rules of names in paths: what the embedded kind's own are, nobody knows here. */
function checkMetadata(
  { apiVersion, kind }: Json,
  metadata: KubeObject['metadata'],
  path: string,
  problems: Problems,
): void {
  const object = {
    apiVersion: typeof apiVersion === 'string' ? apiVersion : '',
    kind: typeof kind === 'string' ? kind : '',
    metadata: { ...metadata, name: metadata.name || 'unnamed' },
  };
  const own = new Problems();
  validateMetadata(object, checkPathSegment, own);
  for (const cause of own.causes) {
    problems.causes.push({ ...cause, field: `${path}.${cause.field}` });
  }
}

/** In the decoder's words. */
function misreadPart(metadata: unknown): string | undefined {
  if (!isObject(metadata)) {
    return `json: cannot unmarshal ${typeName(metadata)} into Go value of type v1.ObjectMeta`;
  }
  const cannot = (value: unknown, name: string, type: string) =>
    `json: cannot unmarshal ${typeName(value)} into Go struct field ObjectMeta.${name} of type ${type}`;
  for (const name of texts) {
    const value = metadata[name] ?? '';
    if (typeof value !== 'string') return cannot(value, name, 'string');
  }
  for (const name of textMaps) {
    const value = metadata[name] ?? {};
    if (!isObject(value)) return cannot(value, name, 'map[string]string');
    const wrong = Object.values(value).find((each) => typeof each !== 'string');
    if (wrong !== undefined) return cannot(wrong, name, 'string');
  }
  for (const name of ['finalizers', 'ownerReferences']) {
    const value = metadata[name] ?? [];
    const type = name === 'finalizers' ? '[]string' : '[]v1.OwnerReference';
    if (!Array.isArray(value)) return cannot(value, name, type);
    if (name === 'ownerReferences' && !value.every(isObject)) return cannot(value[0], name, type);
  }
  return undefined;
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : value === null ? 'null' : typeof value;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
