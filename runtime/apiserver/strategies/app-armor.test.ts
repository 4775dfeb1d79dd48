import { describe, expect, it } from 'vitest';
import type { Pod } from '../../api/types.ts';
import { syncAppArmor } from './app-armor.ts';

const key = (name: string) => `container.apparmor.security.beta.kubernetes.io/${name}`;

function pod(annotations: Record<string, string>, spec: object): Pod {
  const containers = [{ name: 'app' }, { name: 'side' }];
  return { metadata: { name: 'web', annotations }, spec: { containers, ...spec } } as never;
}

function synced(made: Pod) {
  const warnings: string[] = [];
  syncAppArmor(made, (text) => warnings.push(text));
  return { made, warnings };
}

describe('AppArmor profiles', () => {
  it('follow from annotations, which are warned of', () => {
    const annotations = { [key('app')]: 'localhost/mine', [key('side')]: 'nonsense' };
    const { made, warnings } = synced(pod(annotations, {}));
    expect(made.spec.containers.map(({ securityContext }) => securityContext)).toEqual([
      { appArmorProfile: { type: 'Localhost', localhostProfile: 'mine' } },
      undefined,
    ]);
    expect(warnings).toEqual([
      `metadata.annotations[${key('app')}]: deprecated since v1.30; use the "appArmorProfile" field instead`,
    ]);
  });

  it('are told in annotations, the container’s before the pod’s', () => {
    const profile = (type: string) => ({ securityContext: { appArmorProfile: { type } } });
    const containers = [{ name: 'app', ...profile('RuntimeDefault') }, { name: 'side' }];
    const { made, warnings } = synced(pod({}, { containers, ...profile('Unconfined') }));
    expect(made.metadata.annotations).toEqual({
      [key('app')]: 'runtime/default',
      [key('side')]: 'unconfined',
    });
    expect(warnings).toEqual([]);
  });

  it('stay as they are where both are given, where the pod says the same, and on Windows', () => {
    const whole = { securityContext: { appArmorProfile: { type: 'Unconfined' } } };
    const own = { name: 'side', securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } };
    const annotations = { [key('app')]: 'unconfined', [key('side')]: 'unconfined' };
    const before = pod(annotations, { ...whole, containers: [{ name: 'app' }, own] });
    expect(synced(structuredClone(before)).made).toEqual(before);
    const windows = pod({ [key('app')]: 'unconfined' }, { os: { name: 'windows' } });
    expect(synced(structuredClone(windows)).made).toEqual(windows);
  });
});
