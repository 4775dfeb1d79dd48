import { expect, it } from 'vitest';
import type { KubeObject } from './object.ts';
import { RecentTexts, SoundSpecs } from './recent-texts.ts';
import { validateCreate } from './validation/validate.ts';
import { warningsOnCreate } from './warnings/warnings.ts';

it('keeps what was asked for lately, and forgets the rest', () => {
  const texts = new RecentTexts<number>();
  texts.set('kept', 0);
  for (let index = 1; index < 1_000; index++) {
    texts.set(`text ${index}`, index);
    expect(texts.get('kept')).toBe(0);
  }
  expect(texts.get('text 999')).toBe(999);
  expect(texts.get('text 1')).toBeUndefined();
});

it('keeps no long texts', () => {
  const texts = new RecentTexts<true>();
  texts.set('x'.repeat(100_000), true);
  expect(texts.get('x'.repeat(100_000))).toBeUndefined();
});

const pod = (name: string, container: object, annotations = {}): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', annotations },
    spec: {
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      terminationGracePeriodSeconds: 30,
      containers: [
        {
          name: 'main',
          image: 'none',
          imagePullPolicy: 'Always',
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          ...container,
        },
      ],
    },
  }) as unknown as KubeObject;

it('passes over a spec that was in order, and tells of one that was not each time', () => {
  const sound = new SoundSpecs();
  for (const name of ['first', 'second']) {
    expect(validateCreate(pod(name, {}), sound)).toEqual([]);
    expect(validateCreate(pod(name, { image: '' }), sound)).toMatchObject([
      { field: 'spec.containers[0].image', reason: 'FieldValueRequired' },
    ]);
  }
  expect(validateCreate(pod('no_name', {}), sound)).toMatchObject([{ field: 'metadata.name' }]);
});

it('looks at annotations though the spec is known', () => {
  const sound = new SoundSpecs();
  expect(warningsOnCreate(pod('first', {}), false, sound)).toEqual([]);
  const old = { 'seccomp.security.alpha.kubernetes.io/pod': 'runtime/default' };
  for (let times = 0; times < 2; times++) {
    expect(warningsOnCreate(pod('second', {}, old), false, sound)).toHaveLength(1);
  }
});
