import { expect, it } from 'vitest';
import { nameInParts } from './name-parts.ts';

const container =
  'args command env envFrom image imagePullPolicy livenessProbe name ports readinessProbe resources startupProbe stdin volumeDevices volumeMounts workingDir'.split(
    ' ',
  );

it.each([
  ['pullPolicy', 'imagePullPolicy'],
  ['imageTag', 'image'],
  ['containerPorts', 'ports'],
  ['environment', 'env'],
  ['mounts', 'volumeMounts'],
  ['readiness', 'readinessProbe'],
  // Three are as near.
  ['probe', undefined],
  ['health', undefined],
  ['dir', 'workingDir'],
  ['x', undefined],
])('%s is part of %s', (given, meant) => {
  expect(nameInParts(given, container)).toBe(meant);
});
