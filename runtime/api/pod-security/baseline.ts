/**
 * The checks of the level baseline, by their names: what is known to give a pod the node.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
 */
import { safeSysctls } from '../safe-sysctls.ts';
import {
  type Check,
  type Container,
  containersOf,
  named,
  namesWhere,
  type PodToCheck,
  plural,
  quoted,
  setters,
  sorted,
  type Violation,
} from './check.ts';

const capabilities = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  ),
);

export const baselineChecks: readonly Check[] = [
  { id: 'appArmorProfile', versions: [{ minor: 0, run: appArmor }] },
  { id: 'capabilities_baseline', versions: [{ minor: 0, run: addedCapabilities }] },
  { id: 'hostNamespaces', versions: [{ minor: 0, run: hostNamespaces }] },
  { id: 'hostPathVolumes', versions: [{ minor: 0, run: hostPaths }] },
  { id: 'hostPorts', versions: [{ minor: 0, run: hostPorts }] },
  { id: 'hostProbesAndHostLifecycle', versions: [{ minor: 34, run: probeHosts }] },
  { id: 'privileged', versions: [{ minor: 0, run: privileged }] },
  { id: 'procMount', versions: [{ minor: 0, run: procMount }] },
  {
    id: 'seLinuxOptions',
    versions: [
      {
        minor: 0,
        run: (pod) => seLinux(pod, ['container_t', 'container_init_t', 'container_kvm_t']),
      },
      {
        minor: 31,
        run: (pod) =>
          seLinux(pod, [
            'container_t',
            'container_init_t',
            'container_kvm_t',
            'container_engine_t',
          ]),
      },
    ],
  },
  {
    id: 'seccompProfile_baseline',
    versions: [
      { minor: 0, run: seccompAnnotations },
      { minor: 19, run: seccomp },
    ],
  },
  {
    id: 'sysctls',
    versions: [
      { minor: 0, run: sysctlsBut(0) },
      { minor: 27, run: sysctlsBut(27) },
      { minor: 29, run: sysctlsBut(29) },
      { minor: 32, run: sysctlsBut(32) },
    ],
  },
  { id: 'windowsHostProcess', versions: [{ minor: 0, run: hostProcess }] },
];

/** Who sets a profile that is neither the runtime's own nor one of the node, and which. */
function otherProfiles(
  pod: PodToCheck,
  field: 'appArmorProfile' | 'seccompProfile',
): { bad: string[]; values: ReadonlySet<string> } {
  const values = new Set<string>();
  const forbids = (profile: { type?: string } | undefined): boolean => {
    const type = profile?.type;
    if (!type || type === 'RuntimeDefault' || type === 'Localhost') return false;
    values.add(type);
    return true;
  };
  const ofPod = forbids(pod.spec.securityContext?.[field]);
  const containers = namesWhere(pod, ({ securityContext }) => forbids(securityContext?.[field]));
  return { bad: setters(ofPod, containers), values };
}

function appArmor(pod: PodToCheck): Violation | undefined {
  const { bad, values } = otherProfiles(pod, 'appArmorProfile');
  const annotations = Object.entries(pod.metadata.annotations ?? {})
    .filter(
      ([name, value]) =>
        name.startsWith('container.apparmor.security.beta.kubernetes.io/') &&
        !['', 'runtime/default'].includes(value) &&
        !value.startsWith('localhost/'),
    )
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .sort();
  if (annotations.length > 0) bad.push(plural('annotation', annotations.length));
  const all = [...[...values].sort(), ...annotations];
  return bad.length === 0
    ? undefined
    : {
        reason: plural('forbidden AppArmor profile', all.length),
        detail: `${bad.join(' and ')} must not set AppArmor profile type to ${quoted(all)}`,
      };
}

function addedCapabilities(pod: PodToCheck): Violation | undefined {
  const added: string[] = [];
  const containers = namesWhere(pod, ({ securityContext }) => {
    const bad = (securityContext?.capabilities?.add ?? []).filter(
      (name) => !capabilities.has(name),
    );
    added.push(...bad);
    return bad.length > 0;
  });
  return containers.length === 0
    ? undefined
    : {
        reason: 'non-default capabilities',
        detail: `${named('container', containers)} must not include ${quoted(sorted(added))} in securityContext.capabilities.add`,
      };
}

function hostNamespaces({ spec }: PodToCheck): Violation | undefined {
  const set = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter(
    (name) => spec[name] === true,
  );
  return set.length === 0
    ? undefined
    : { reason: 'host namespaces', detail: set.map((name) => `${name}=true`).join(', ') };
}

function hostPaths({ spec }: PodToCheck): Violation | undefined {
  const volumes = (spec.volumes ?? [])
    .filter(({ hostPath }) => hostPath !== undefined)
    .map(({ name }) => name);
  return volumes.length === 0
    ? undefined
    : { reason: 'hostPath volumes', detail: named('volume', volumes) };
}

function hostPorts(pod: PodToCheck): Violation | undefined {
  const ports = new Set<string>();
  const containers = namesWhere(pod, (container) => {
    const own = (container.ports ?? []).flatMap(({ hostPort }) =>
      hostPort ? [`${hostPort}`] : [],
    );
    for (const port of own) ports.add(port);
    return own.length > 0;
  });
  return containers.length === 0
    ? undefined
    : {
        reason: 'hostPort',
        detail: `${named('container', containers)} ${containers.length === 1 ? 'uses' : 'use'} ${plural('hostPort', ports.size)} ${sorted(ports).join(', ')}`,
      };
}

function probeHosts(pod: PodToCheck): Violation | undefined {
  const hosts = new Set<string>();
  const containers = namesWhere(pod, (container) => {
    const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
    const handlers = [
      livenessProbe,
      readinessProbe,
      startupProbe,
      lifecycle?.postStart,
      lifecycle?.preStop,
    ];
    const own = handlers
      .flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host])
      .filter((host): host is string => host !== undefined && host !== '');
    for (const host of own) hosts.add(host);
    return own.length > 0;
  });
  return containers.length === 0
    ? undefined
    : {
        reason: 'probe or lifecycle host',
        detail: `${named('container', containers)} ${containers.length === 1 ? 'uses' : 'use'} ${plural('probe or lifecycle host', hosts.size)} ${quoted(sorted(hosts))}`,
      };
}

function privileged(pod: PodToCheck): Violation | undefined {
  const containers = namesWhere(pod, ({ securityContext }) => securityContext?.privileged === true);
  return containers.length === 0
    ? undefined
    : {
        reason: 'privileged',
        detail: `${named('container', containers)} must not set securityContext.privileged=true`,
      };
}

function procMount(pod: PodToCheck): Violation | undefined {
  const set = (container: Container) => container.securityContext?.procMount ?? 'Default';
  const containers = namesWhere(pod, (container) => set(container) !== 'Default');
  const values = sorted(
    containersOf(pod)
      .map(set)
      .filter((value) => value !== 'Default'),
  );
  return containers.length === 0
    ? undefined
    : {
        reason: 'procMount',
        detail: `${named('container', containers)} must not set securityContext.procMount to ${quoted(values)}`,
      };
}

function seLinux(pod: PodToCheck, allowed: readonly string[]): Violation | undefined {
  const types = new Set<string>();
  let user = false;
  let role = false;
  const forbids = (options: { type?: string; user?: string; role?: string } | undefined) => {
    const badType = options?.type ? !allowed.includes(options.type) : false;
    if (badType) types.add(options?.type ?? '');
    if (options?.user) user = true;
    if (options?.role) role = true;
    return badType || Boolean(options?.user) || Boolean(options?.role);
  };
  const ofPod = forbids(pod.spec.securityContext?.seLinuxOptions);
  const containers = namesWhere(pod, ({ securityContext }) =>
    forbids(securityContext?.seLinuxOptions),
  );
  const bad = setters(ofPod, containers);
  if (bad.length === 0) return undefined;
  const data = [
    ...(types.size > 0 ? [named('type', sorted(types))] : []),
    ...(user ? ['user may not be set'] : []),
    ...(role ? ['role may not be set'] : []),
  ];
  return {
    reason: 'seLinuxOptions',
    detail: `${bad.join(' and ')} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}`,
  };
}

/** Before 1.19 the profile was an annotation. */
function seccompAnnotations(pod: PodToCheck): Violation | undefined {
  const bad = Object.entries(pod.metadata.annotations ?? {})
    .filter(
      ([name, value]) =>
        (name === 'seccomp.security.alpha.kubernetes.io/pod' ||
          name.startsWith('container.seccomp.security.alpha.kubernetes.io/')) &&
        !['', 'runtime/default', 'docker/default'].includes(value) &&
        !value.startsWith('localhost/'),
    )
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return bad.length === 0
    ? undefined
    : {
        reason: 'seccompProfile',
        detail: `forbidden ${plural('annotation', bad.length)} ${bad.sort().join(', ')}`,
      };
}

function seccomp(pod: PodToCheck): Violation | undefined {
  const { bad, values } = otherProfiles(pod, 'seccompProfile');
  return bad.length === 0
    ? undefined
    : {
        reason: 'seccompProfile',
        detail: `${bad.join(' and ')} must not set securityContext.seccompProfile.type to ${quoted(sorted(values))}`,
      };
}

function sysctlsBut(minor: number): (pod: PodToCheck) => Violation | undefined {
  return ({ spec }) => {
    const safe = new Set(
      safeSysctls.filter(({ since }) => since <= minor).flatMap(({ names }) => names),
    );
    const bad = (spec.securityContext?.sysctls ?? [])
      .map(({ name }) => name)
      .filter((name) => !safe.has(name));
    return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
  };
}

function hostProcess(pod: PodToCheck): Violation | undefined {
  const ofPod = pod.spec.securityContext?.windowsOptions?.hostProcess === true;
  const containers = namesWhere(
    pod,
    ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true,
  );
  const bad = setters(ofPod, containers);
  return bad.length === 0
    ? undefined
    : {
        reason: 'hostProcess',
        detail: `${bad.join(' and ')} must not set securityContext.windowsOptions.hostProcess=true`,
      };
}
