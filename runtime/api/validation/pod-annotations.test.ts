import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../object.ts';
import { validateCreate, validateUpdate } from './validate.ts';

const key = (name: string) => `container.apparmor.security.beta.kubernetes.io/${name}`;
const at = (name: string) => `metadata.annotations[${key(name)}]`;

function pod(annotations: Record<string, string>, container: object = {}, spec: object = {}) {
  const image = { image: 'app', imagePullPolicy: 'Always', terminationMessagePolicy: 'File' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', annotations },
    spec: {
      ...{ restartPolicy: 'Always', dnsPolicy: 'Default' },
      containers: [{ name: 'app', ...image, ...container }],
      ...spec,
    },
  } as unknown as KubeObject;
}

const lines = (causes: ReturnType<typeof validateCreate>) =>
  causes.map(({ field, message }) => `${field}: ${message}`);

describe('AppArmor’s annotations', () => {
  it('name a container and a profile', () => {
    for (const profile of ['runtime/default', 'unconfined', 'localhost/mine', '']) {
      expect(validateCreate(pod({ [key('app')]: profile }))).toEqual([]);
    }
    expect(lines(validateCreate(pod({ [key('app')]: 'Unconfined', [key('web')]: '' })))).toEqual([
      `${at('app')}: Invalid value: "Unconfined": invalid AppArmor profile name: "Unconfined"`,
      `${at('web')}: Invalid value: "web": container not found`,
    ]);
  });

  it('agree with the fields', () => {
    const confined = (profile: object) => ({ securityContext: { appArmorProfile: profile } });
    const mine = confined({ type: 'Localhost', localhostProfile: 'mine' });
    expect(validateCreate(pod({ [key('app')]: 'localhost/mine' }, mine))).toEqual([]);
    const field = 'spec.containers[0].securityContext.appArmorProfile';
    expect(lines(validateCreate(pod({ [key('app')]: 'localhost/yours' }, mine)))).toEqual([
      `${field}.localhostProfile: Forbidden: apparmor profile in annotation and field must match`,
    ]);
    const whole = confined({ type: 'RuntimeDefault' });
    expect(lines(validateCreate(pod({ [key('app')]: 'unconfined' }, {}, whole)))).toEqual([
      `${field}.type: Forbidden: apparmor type in annotation and field must match`,
    ]);
  });

  it('stay as they are', () => {
    const before = pod({ [key('app')]: 'unconfined', note: 'a' });
    const kept = pod({ [key('app')]: 'unconfined', note: 'b' });
    expect(validateUpdate(kept, before)).toEqual([]);
    expect(lines(validateUpdate(pod({ [key('app')]: 'runtime/default' }), before))).toEqual([
      `${at('app')}: Forbidden: may not remove or update AppArmor annotations`,
    ]);
    expect(lines(validateUpdate(before, pod({})))).toEqual([
      `${at('app')}: Forbidden: may not add AppArmor annotations`,
    ]);
  });

  it('are judged in templates too', () => {
    const { spec } = pod({}) as unknown as { spec: object };
    const metadata = { labels: { app: 'web' }, annotations: { [key('web')]: 'unconfined' } };
    const template = { metadata, spec };
    const made = { ...pod({}), apiVersion: 'apps/v1', kind: 'Deployment' };
    const selector = { matchLabels: { app: 'web' } };
    const causes = validateCreate({ ...made, spec: { selector, template } } as never);
    expect(lines(causes)).toEqual([
      `spec.template.annotations[${key('web')}]: Invalid value: "web": container not found`,
    ]);
  });
});

describe('other annotations of pods', () => {
  it('tell a cost as a whole number, and mirror pods of a node', () => {
    const cost = 'controller.kubernetes.io/pod-deletion-cost';
    expect(validateCreate(pod({ [cost]: '-10' }))).toEqual([]);
    for (const wrong of ['+1', '01', '1.5', '2147483648']) {
      expect(lines(validateCreate(pod({ [cost]: wrong })))).toEqual([
        `metadata.annotations[${cost}]: Invalid value: "${wrong}": must be a 32bit integer`,
      ]);
    }
    const mirror = 'kubernetes.io/config.mirror';
    expect(lines(validateCreate(pod({ [mirror]: 'x' })))).toEqual([
      `metadata.annotations[${mirror}]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set`,
    ]);
    expect(lines(validateUpdate(pod({ [mirror]: 'x' }, {}, {}), pod({})))).toEqual([
      `metadata.annotations[${mirror}]: Forbidden: may not add mirror pod annotation`,
    ]);
  });
});
