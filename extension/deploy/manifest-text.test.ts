import { describe, expect, it } from 'vitest';
import { parseBuildLine } from './build-images.ts';
import { looksLikeManifest, looksLikeTemplate } from './manifest-text.ts';

const text = `# a shop
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

describe('looksLikeManifest', () => {
  it('tells manifests from other YAML and JSON', () => {
    expect(looksLikeManifest(text)).toBe(true);
    expect(looksLikeManifest('{"apiVersion": "v1", "kind": "Pod"}')).toBe(true);
    expect(looksLikeManifest('\uFEFFapiVersion: v1\r\nkind: Pod\r\n')).toBe(true);
    expect(looksLikeManifest('services:\n  web:\n    kind: x\n')).toBe(false);
    expect(looksLikeManifest('{"name": "skiff", "version": "1"}')).toBe(false);
  });

  it('knows a template that is no YAML yet', () => {
    expect(looksLikeTemplate('name: {{ .Values.name }}')).toBe(true);
    expect(looksLikeTemplate(text)).toBe(false);
  });
});

describe('parseBuildLine', () => {
  it('shows lines that are no JSON as they are', () => {
    const line = '{"image":"a","state":"building"}';
    expect(parseBuildLine(line)).toEqual({ image: 'a', state: 'building' });
    expect(parseBuildLine('Step 1/2')).toEqual({ line: 'Step 1/2' });
  });
});
