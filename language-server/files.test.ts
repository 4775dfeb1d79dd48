import { expect, it } from 'vitest';
import { isManifestName } from './files.ts';

it.each([
  ['a.yaml', true],
  ['a.YML', true],
  ['a.json', true],
  ['Kustomization', true],
  ['kustomization', false],
  ['Dockerfile', false],
  ['a.yaml.bak', false],
])('whether %s may be a manifest: %s', (name, is) => {
  expect(isManifestName(name)).toBe(is);
});
