import { expect, it } from 'vitest';
import { applyWaves } from './apply-order.ts';
import { parseManifests } from './manifests.ts';

const text = (documents: readonly string[]) =>
  documents
    .map((document) => {
      const [kind, name, apiVersion = 'v1'] = document.split(' ');
      return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: ${name}}\n`;
    })
    .join('---\n');
const waves = (...documents: string[]) =>
  applyWaves(parseManifests([{ path: 'a.yaml', text: text(documents) }]), 'shop').map((wave) =>
    wave.map(({ object }) => `${object.kind} ${object.metadata.name}`),
  );

it('sends side by side what does not need each other', () => {
  const rbac = 'rbac.authorization.k8s.io/v1';
  expect(
    waves(
      'Deployment web apps/v1',
      'Boat skiff example.com/v1',
      'ValidatingWebhookConfiguration hook admissionregistration.k8s.io/v1',
      'Service web',
      `RoleBinding reader ${rbac}`,
      'Namespace shop',
      `Role reader ${rbac}`,
      'PersistentVolumeClaim data',
      'PersistentVolume data',
      'Deployment api apps/v1',
      'ConfigMap settings',
      'CustomResourceDefinition boats apiextensions.k8s.io/v1',
    ),
  ).toEqual([
    ['Namespace shop', 'CustomResourceDefinition boats'],
    ['Role reader'],
    ['RoleBinding reader', 'ConfigMap settings', 'PersistentVolume data'],
    ['PersistentVolumeClaim data'],
    ['Service web'],
    ['Deployment web', 'Deployment api'],
    ['Boat skiff'],
    ['ValidatingWebhookConfiguration hook'],
  ]);
});

it('applies what is written down twice one after the other', () => {
  expect(waves('ConfigMap a', 'ConfigMap b', 'ConfigMap a')).toEqual([
    ['ConfigMap a', 'ConfigMap b'],
    ['ConfigMap a'],
  ]);
});
