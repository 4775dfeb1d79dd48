import { describe, expect, it } from 'vitest';
import { buildsIn } from './manifests.ts';
import { duration, oneOf, wholeNumber } from './program.ts';

const deployment = (annotation: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  template:
    metadata:
      annotations: {skiff.dev/build: "${annotation}"}
    spec:
      initContainers: [{name: seed, image: shop/seed:1}]
      containers: [{name: web, image: shop/web:1}, {name: log, image: busybox:1}]
`;

describe('images to build', () => {
  it('takes one folder for all images of the pod', () => {
    const builds = buildsIn({ path: '/m/shop.yaml', text: deployment('./web') });
    expect(builds.map(({ image }) => image)).toEqual(['shop/seed:1', 'shop/web:1', 'busybox:1']);
    expect(builds[0]?.directory).toBe('/m/web');
  });

  it('takes folders by container, and leaves the others to a registry', () => {
    const builds = buildsIn({ path: '/m/shop.yaml', text: deployment('web=./web, seed=../seed') });
    expect(builds).toEqual([
      { image: 'shop/seed:1', directory: '/seed' },
      { image: 'shop/web:1', directory: '/m/web' },
    ]);
  });
});

describe('arguments', () => {
  it('reads durations', () => {
    expect(['90', '90s', '5m', '1h30m'].map(duration)).toEqual([
      90_000, 90_000, 300_000, 5_400_000,
    ]);
    expect(() => duration('soon')).toThrow();
  });

  it('refuses what is out of range or not a choice', () => {
    expect(() => wholeNumber(1, 10)('11')).toThrow(/1 to 10/);
    expect(() => oneOf('a', 'b')('c')).toThrow(/one of a, b/);
  });
});
