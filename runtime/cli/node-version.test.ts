import { expect, it } from 'vitest';
import { nodeProblem } from './node-version.ts';

it.each(['20.19.0', '20.20.2', '22.0.0', '24.21.0'])('is content with Node %s', (version) => {
  expect(nodeProblem(version, '>=20.19')).toBeUndefined();
});

it.each(['18.20.8', '20.9.0', '9.99.0'])('says what it wants instead of Node %s', (version) => {
  expect(nodeProblem(version, '>=20.19')).toBe(
    `Skiff needs Node 20.19 or later, and this is ${version}: get one from https://nodejs.org`,
  );
});
