import { describe, expect, it } from 'vitest';
import type { core } from '../../api/types.ts';
import type { ImageInfo } from '../../engine/engine.ts';
import { podOf } from '../testing/fixtures.ts';
import { engineResources, oomScoreOf } from './amounts.ts';
import { containerConfig } from './container-config.ts';
import { hostNamesOf, hostsFile, resolvFile } from './network-files.ts';
import { securityOf } from './security.ts';

const image: ImageInfo = {
  id: 'x',
  tags: [],
  sizeBytes: 0,
  user: '',
  entrypoint: [],
  command: [],
  env: [],
  workingDirectory: '',
  exposedPorts: [],
};
const withResources = (resources: core.ResourceRequirements) =>
  podOf('web', { containers: [{ name: 'app', resources }] });

describe('a container', () => {
  const configOf = (more: object) =>
    containerConfig({
      pod: podOf('web', {}),
      container: { role: 'app', spec: { name: 'app', image: 'a:1', ...more } },
      attempt: 0,
      sandboxId: 's',
      cluster: 'c',
      node: 'node-1',
      nodeMemoryBytes: 2 ** 30,
      image,
      environment: new Map([['NAME', 'web']]),
      mounts: [],
      targetId: undefined,
    });

  it('replaces the entrypoint by its command, with variables in it', () => {
    const { entrypoint, command } = configOf({ command: ['echo', '$(NAME)', '$$(NAME)'] });
    expect(entrypoint).toEqual(['echo', 'web', '$(NAME)']);
    expect(command).toBeUndefined();
  });

  it('is stopped by the signal that it names, else by that of its image', () => {
    expect(configOf({ lifecycle: { stopSignal: 'SIGUSR1' } }).stopSignal).toBe('SIGUSR1');
    expect(configOf({}).stopSignal).toBeUndefined();
  });
});

describe('quality of service', () => {
  it('decides who is killed first', () => {
    const gib = 2 ** 30;
    const burstable = withResources({ requests: { memory: '1Gi' } });
    expect(oomScoreOf(podOf('a', {}), { name: 'app' }, gib)).toBe(1000);
    expect(oomScoreOf(burstable, burstable.spec.containers[0]!, 4 * gib)).toBe(750);
  });
});

describe('resources for the engine', () => {
  it('are shares, quota and memory', () => {
    const resources = { requests: { cpu: '500m' }, limits: { cpu: '1500m', memory: '64Mi' } };
    expect(engineResources({ name: 'a', resources })).toEqual({
      cpuShares: 512,
      cpuQuota: 150_000,
      memoryBytes: 64 * 2 ** 20,
    });
    expect(engineResources({ name: 'a' })).toEqual({ cpuShares: 2 });
    const small = { limits: { cpu: '1m' } };
    expect(engineResources({ name: 'a', resources: small })).toEqual({
      cpuShares: 2,
      cpuQuota: 1_000,
    });
  });
});

describe('security', () => {
  const of = (context: core.SecurityContext, more: Partial<ImageInfo> = {}, pod = {}) =>
    securityOf(
      podOf('web', { securityContext: pod }),
      { name: 'app', securityContext: context },
      { ...image, ...more },
    );

  it('takes the container’s word before the pod’s', () => {
    expect(of({ runAsUser: 5 }, {}, { runAsUser: 1, runAsGroup: 7, fsGroup: 9 })).toMatchObject({
      user: '5:7',
      groups: ['9'],
      seccomp: 'unconfined',
      noNewPrivileges: false,
    });
    expect(of({ runAsGroup: 7 }, { user: '12:3' }).user).toBe('12:7');
    expect(of({ allowPrivilegeEscalation: false }).noNewPrivileges).toBe(true);
    expect(of({ capabilities: { add: ['CAP_NET_ADMIN'], drop: ['ALL'] } }).capabilities).toEqual({
      add: ['NET_ADMIN'],
      drop: ['ALL'],
    });
  });

  it('does not run as root what must not', () => {
    expect(() => of({ runAsNonRoot: true })).toThrow(
      'container has runAsNonRoot and image will run as root (pod: "web_default(uid-web)", container: app)',
    );
    expect(() => of({ runAsNonRoot: true }, { user: 'www' })).toThrow('non-numeric user (www)');
    expect(() => of({ runAsNonRoot: true, runAsUser: 0 })).toThrow('breaks non-root policy');
    expect(of({ runAsNonRoot: true }, { user: '1000' }).user).toBeUndefined();
  });
});

describe('names', () => {
  const cluster = { dnsAddress: '10.96.0.10', domain: 'cluster.local' };

  it('are those of the cluster unless the pod wants otherwise', () => {
    expect(resolvFile(podOf('web', {}), cluster)).toBe(
      'search default.svc.cluster.local svc.cluster.local cluster.local\n' +
        'nameserver 10.96.0.10\noptions ndots:5\n',
    );
    expect(resolvFile(podOf('web', { dnsPolicy: 'Default' }), cluster)).toBeUndefined();
    expect(resolvFile(podOf('web', { hostNetwork: true }), cluster)).toBeUndefined();
    const dnsConfig = {
      nameservers: ['1.1.1.1'],
      searches: ['a.b'],
      options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
    };
    expect(resolvFile(podOf('web', { dnsPolicy: 'None', dnsConfig }), cluster)).toBe(
      'search a.b\nnameserver 1.1.1.1\noptions ndots:2 edns0\n',
    );
    expect(resolvFile(podOf('web', { dnsConfig }), cluster)).toContain('options ndots:2 edns0');
  });

  it('of a pod with a subdomain are in its hosts file', () => {
    const pod = podOf('web-0', { hostname: 'web-0', subdomain: 'db' });
    expect(hostsFile(pod, '10.0.0.1', 'cluster.local')).toContain(
      '10.0.0.1\tweb-0.db.default.svc.cluster.local\tweb-0\n',
    );
    expect(hostNamesOf(podOf(`${'x'.repeat(62)}-yy`, {}), '').hostname).toBe('x'.repeat(62));
  });
});
