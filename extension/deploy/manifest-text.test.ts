import { describe, expect, it } from 'vitest';
import { buildableImages, parseBuildLine } from './build-images.ts';
import {
  looksLikeManifest,
  looksLikeTemplate,
  ManifestError,
  readManifest,
} from './manifest-text.ts';

const two = `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {answer: "yes"}
---
# nothing here
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    metadata:
      annotations: {skiff.dev/build: ./web}
    spec:
      containers: [{name: app, image: shop/web:1}, {name: log, image: log}]
`;

describe('readManifest', () => {
  it('reads every document and takes lists apart', () => {
    expect(readManifest('a.yaml', two).map(({ object }) => object.kind)).toEqual([
      'ConfigMap',
      'Deployment',
    ]);
    const list = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } }],
    });
    expect(readManifest('l.json', list)).toMatchObject([{ object: { kind: 'Pod' } }]);
  });

  it('says where a file is wrong', () => {
    const broken = 'apiVersion: v1\nkind: Pod\nmetadata: [\n';
    expect(() => readManifest('b.yaml', broken)).toThrow(ManifestError);
    const nameless = 'apiVersion: v1\nkind: Pod\nmetadata: {}\n';
    expect(() => readManifest('c.yaml', nameless)).toThrow(
      'c.yaml:1: Pod: metadata.name is missing',
    );
  });
});

describe('looksLikeManifest', () => {
  it('tells manifests from other YAML and from templates', () => {
    expect(looksLikeManifest(two)).toBe(true);
    expect(looksLikeManifest('services:\n  web:\n    image: x\n')).toBe(false);
    expect(looksLikeTemplate('name: {{ .Values.name }}')).toBe(true);
    expect(looksLikeTemplate(two)).toBe(false);
  });
});

describe('images to build', () => {
  it('finds the images of annotated pod templates', () => {
    expect(buildableImages(readManifest('a.yaml', two))).toEqual(['shop/web:1', 'log']);
  });

  it('shows lines that are no JSON as they are', () => {
    expect(parseBuildLine('{"image":"a","state":"building"}')).toEqual({
      image: 'a',
      state: 'building',
    });
    expect(parseBuildLine('Step 1/2')).toEqual({ line: 'Step 1/2' });
  });
});
