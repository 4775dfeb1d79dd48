import type { KubeObject } from '../../api/object.ts';
import type { View } from '../registry/served.ts';

const cache = new WeakMap<View, Map<string, Buffer>>();

/** Only the metadata, for clients that need no more (garbage collector, metadata informers). */
export function partialOf(object: KubeObject, version: 'v1' | 'v1beta1'): KubeObject {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: object.metadata,
  };
}

export function partialBytes(view: View, version: 'v1' | 'v1beta1'): Buffer {
  let versions = cache.get(view);
  if (versions === undefined) {
    versions = new Map();
    cache.set(view, versions);
  }
  let bytes = versions.get(version);
  if (bytes === undefined) {
    bytes = Buffer.from(JSON.stringify(partialOf(view.object, version)));
    versions.set(version, bytes);
  }
  return bytes;
}
