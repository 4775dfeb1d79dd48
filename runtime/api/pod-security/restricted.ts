/**
 * The checks that the level restricted adds, by their names: how pods are hardened today.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
import {
  type Check,
  isWindows,
  named,
  namesWhere,
  type PodToCheck,
  plural,
  quoted,
  type Run,
  setters,
  sorted,
  type Violation,
} from './check.ts';

/** Since 1.25 pods for Windows need not set what Windows does not know. */
const butWindows =
  (run: Run): Run =>
  (pod) =>
    isWindows(pod) ? undefined : run(pod);

const since = (minor: number, run: Run) => [
  { minor, run },
  { minor: 25, run: butWindows(run) },
];

export const restrictedChecks: readonly Check[] = [
  { id: 'allowPrivilegeEscalation', versions: since(8, privilegeEscalation) },
  {
    id: 'capabilities_restricted',
    overrides: 'capabilities_baseline',
    versions: since(22, droppedCapabilities),
  },
  {
    id: 'restrictedVolumes',
    overrides: 'hostPathVolumes',
    versions: [{ minor: 0, run: volumeTypes }],
  },
  { id: 'runAsNonRoot', versions: [{ minor: 0, run: nonRoot }] },
  { id: 'runAsUser', versions: [{ minor: 23, run: userZero }] },
  {
    id: 'seccompProfile_restricted',
    overrides: 'seccompProfile_baseline',
    versions: since(19, seccomp),
  },
];

function privilegeEscalation(pod: PodToCheck): Violation | undefined {
  const bad = namesWhere(
    pod,
    ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false,
  );
  return bad.length === 0
    ? undefined
    : {
        reason: 'allowPrivilegeEscalation != false',
        detail: `${named('container', bad)} must set securityContext.allowPrivilegeEscalation=false`,
      };
}

function droppedCapabilities(pod: PodToCheck): Violation | undefined {
  const added: string[] = [];
  const keeping = namesWhere(pod, ({ securityContext }) => {
    return securityContext?.capabilities?.drop?.includes('ALL') !== true;
  });
  const adding = namesWhere(pod, ({ securityContext }) => {
    const bad = (securityContext?.capabilities?.add ?? []).filter(
      (name) => name !== 'NET_BIND_SERVICE',
    );
    added.push(...bad);
    return bad.length > 0;
  });
  const details = [
    ...(keeping.length > 0
      ? [`${named('container', keeping)} must set securityContext.capabilities.drop=["ALL"]`]
      : []),
    ...(adding.length > 0
      ? [
          `${named('container', adding)} must not include ${quoted(sorted(added))} in securityContext.capabilities.add`,
        ]
      : []),
  ];
  return details.length === 0
    ? undefined
    : { reason: 'unrestricted capabilities', detail: details.join('; ') };
}

const allowedVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

function volumeTypes({ spec }: PodToCheck): Violation | undefined {
  const types = new Set<string>();
  const bad: string[] = [];
  for (const volume of spec.volumes ?? []) {
    const type = Object.keys(volume).find((key) => key !== 'name') ?? 'unknown';
    if (allowedVolumes.includes(type)) continue;
    types.add(type);
    bad.push(volume.name);
  }
  return bad.length === 0
    ? undefined
    : {
        reason: 'restricted volume types',
        detail: `${named('volume', bad)} ${bad.length === 1 ? 'uses' : 'use'} ${named('restricted volume type', sorted(types))}`,
      };
}

function nonRoot(pod: PodToCheck): Violation | undefined {
  const reason = 'runAsNonRoot != true';
  const ofPod = pod.spec.securityContext?.runAsNonRoot;
  const explicit = setters(
    ofPod === false,
    namesWhere(pod, ({ securityContext }) => securityContext?.runAsNonRoot === false),
  );
  if (explicit.length > 0) {
    return {
      reason,
      detail: `${explicit.join(' and ')} must not set securityContext.runAsNonRoot=false`,
    };
  }
  const silent = namesWhere(
    pod,
    ({ securityContext }) => securityContext?.runAsNonRoot === undefined && ofPod !== true,
  );
  return silent.length === 0
    ? undefined
    : {
        reason,
        detail: `pod or ${named('container', silent)} must set securityContext.runAsNonRoot=true`,
      };
}

function userZero(pod: PodToCheck): Violation | undefined {
  const bad = setters(
    pod.spec.securityContext?.runAsUser === 0,
    namesWhere(pod, ({ securityContext }) => securityContext?.runAsUser === 0),
  );
  return bad.length === 0
    ? undefined
    : { reason: 'runAsUser=0', detail: `${bad.join(' and ')} must not set runAsUser=0` };
}

function seccomp(pod: PodToCheck): Violation | undefined {
  const values = new Set<string>();
  const isBad = (type: string | undefined): boolean => {
    if (type === undefined || type === 'RuntimeDefault' || type === 'Localhost') return false;
    values.add(type);
    return true;
  };
  const ofPod = pod.spec.securityContext?.seccompProfile?.type;
  const podBad = isBad(ofPod);
  const bad = setters(
    podBad,
    namesWhere(pod, ({ securityContext }) => isBad(securityContext?.seccompProfile?.type)),
  );
  const reason = 'seccompProfile';
  if (bad.length > 0) {
    const list = quoted(sorted(values));
    return {
      reason,
      detail: `${bad.join(' and ')} must not set securityContext.seccompProfile.type to ${list}`,
    };
  }
  const silent = namesWhere(
    pod,
    ({ securityContext }) =>
      securityContext?.seccompProfile?.type === undefined && ofPod === undefined,
  );
  return silent.length === 0
    ? undefined
    : {
        reason,
        detail: `pod or ${plural('container', silent.length)} ${quoted(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
      };
}
