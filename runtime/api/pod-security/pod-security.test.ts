import { describe as about, expect, it } from 'vitest';
import { describe, podIn, violationsOf } from './evaluate.ts';
import { nameOf, policyOf } from './policy.ts';

const latest = { minor: undefined };

function judge(spec: object, level: 'baseline' | 'restricted', minor?: number, annotations = {}) {
  const pod = { metadata: { annotations }, spec } as never;
  return describe(violationsOf(pod, { level, minor }));
}

const hardened = {
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  },
};

about('baseline', () => {
  it('lets ordinary pods in', () => {
    expect(judge({ containers: [{ name: 'a' }] }, 'baseline')).toBe('');
  });

  it('names everything that gives a pod the node', () => {
    const spec = {
      hostNetwork: true,
      hostIPC: true,
      securityContext: {
        sysctls: [{ name: 'kernel.msgmax' }, { name: 'net.ipv4.tcp_rmem' }],
        seLinuxOptions: { user: 'u', type: 'spc_t' },
        appArmorProfile: { type: 'Unconfined' },
      },
      volumes: [{ name: 'root', hostPath: { path: '/' } }],
      initContainers: [{ name: 'i', ports: [{ hostPort: 80 }] }],
      containers: [
        {
          name: 'a',
          ports: [{ hostPort: 80 }, { hostPort: 443 }],
          securityContext: {
            privileged: true,
            procMount: 'Unmasked',
            capabilities: { add: ['SYS_ADMIN', 'CHOWN'] },
            seccompProfile: { type: 'Unconfined' },
            windowsOptions: { hostProcess: true },
          },
          livenessProbe: { httpGet: { host: '10.0.0.1', port: 80 } },
        },
      ],
    };
    expect(judge(spec, 'baseline').split('), ')).toEqual([
      'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined"',
      'non-default capabilities (container "a" must not include "SYS_ADMIN" in securityContext.capabilities.add',
      'host namespaces (hostNetwork=true, hostIPC=true',
      'hostPath volumes (volume "root"',
      'hostPort (containers "i", "a" use hostPorts 443, 80',
      'probe or lifecycle host (container "a" uses probe or lifecycle host "10.0.0.1"',
      'privileged (container "a" must not set securityContext.privileged=true',
      'procMount (container "a" must not set securityContext.procMount to "Unmasked"',
      'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set',
      'seccompProfile (container "a" must not set securityContext.seccompProfile.type to "Unconfined"',
      'forbidden sysctls (kernel.msgmax',
      'hostProcess (container "a" must not set securityContext.windowsOptions.hostProcess=true)',
    ]);
  });

  it('is what it was in each version', () => {
    const sysctl = (name: string) => ({
      containers: [],
      securityContext: { sysctls: [{ name }] },
    });
    expect(judge(sysctl('net.ipv4.tcp_rmem'), 'baseline', 31)).toContain('forbidden sysctls');
    expect(judge(sysctl('net.ipv4.tcp_rmem'), 'baseline', 32)).toBe('');
    const seccomp = { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' };
    expect(judge({ containers: [] }, 'baseline', 18, seccomp)).toBe(
      'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
    );
    expect(judge({ containers: [] }, 'baseline', 19, seccomp)).toBe('');
  });
});

about('restricted', () => {
  it('asks ordinary pods for everything', () => {
    expect(judge({ containers: [{ name: 'a' }, { name: 'b' }] }, 'restricted')).toBe(
      'allowPrivilegeEscalation != false (containers "a", "b" must set securityContext.allowPrivilegeEscalation=false), ' +
        'unrestricted capabilities (containers "a", "b" must set securityContext.capabilities.drop=["ALL"]), ' +
        'runAsNonRoot != true (pod or containers "a", "b" must set securityContext.runAsNonRoot=true), ' +
        'seccompProfile (pod or containers "a", "b" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
  });

  it('lets hardened pods in, and names what is not hard enough', () => {
    const spec = { containers: [{ name: 'a', ...hardened }] };
    expect(judge(spec, 'restricted')).toBe('');
    expect(
      judge(
        {
          securityContext: { runAsNonRoot: false, runAsUser: 0 },
          volumes: [{ name: 'v', nfs: {} }],
          containers: [
            {
              name: 'a',
              securityContext: {
                ...hardened.securityContext,
                seccompProfile: { type: 'Unconfined' },
                capabilities: { drop: ['ALL'], add: ['CHOWN'] },
              },
            },
          ],
        },
        'restricted',
      ),
    ).toBe(
      'unrestricted capabilities (container "a" must not include "CHOWN" in securityContext.capabilities.add), ' +
        'restricted volume types (volume "v" uses restricted volume type "nfs"), ' +
        'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), ' +
        'runAsUser=0 (pod must not set runAsUser=0), ' +
        'seccompProfile (container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
    );
  });

  it('asks less of Windows, and of older versions', () => {
    const spec = { os: { name: 'windows' }, containers: [{ name: 'a' }] };
    expect(judge(spec, 'restricted')).toBe(
      'runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true)',
    );
    expect(judge({ containers: [{ name: 'a' }] }, 'restricted', 7)).toMatch(/^runAsNonRoot/);
  });
});

about('labels', () => {
  const name = 'pod-security.kubernetes.io/';

  it('name levels and versions', () => {
    const { policy, problems } = policyOf({
      [`${name}enforce`]: 'baseline',
      [`${name}enforce-version`]: 'v1.24',
      [`${name}audit`]: 'restricted',
    });
    expect(problems).toEqual([]);
    expect(nameOf(policy.enforce)).toBe('baseline:v1.24');
    expect(nameOf(policy.audit)).toBe('restricted:latest');
    expect(nameOf(policy.warn)).toBe('baseline:v1.24');
    expect(policyOf({}).policy.enforce).toEqual({ level: 'privileged', ...latest });
  });

  it('that cannot be read are named, and enforce the strictest level', () => {
    const { policy, problems } = policyOf({
      [`${name}enforce`]: 'strict',
      [`${name}warn-version`]: '1.24',
    });
    expect(policy.enforce).toEqual({ level: 'restricted', ...latest });
    expect(problems).toEqual([
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: "strict": must be one of privileged, baseline, restricted',
        field: `metadata.labels[${name}enforce]`,
      },
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: "1.24": must be "latest" or "v1.x"',
        field: `metadata.labels[${name}warn-version]`,
      },
    ]);
  });
});

it('finds the pods in workloads', () => {
  const template = { spec: { containers: [{ name: 'a' }] } };
  const job = { spec: { template } };
  expect(
    podIn({ apiVersion: 'batch/v1', kind: 'CronJob', spec: { jobTemplate: job } } as never)?.spec,
  ).toBe(template.spec);
  expect(podIn({ apiVersion: 'v1', kind: 'Service' })).toBeUndefined();
});
