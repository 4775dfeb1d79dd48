import { describe, expect, it } from 'vitest';
import { applyDefaults } from '../defaults/defaults.ts';
import type { UnknownObject } from '../object.ts';
import { kindWarning } from './deprecated-kinds.ts';
import { warningsOnCreate, warningsOnUpdate } from './warnings.ts';

type Fields = Record<string, unknown>;

function object(apiVersion: string, kind: string, fields: Fields, metadata: Fields = {}) {
  const made = { apiVersion, kind, metadata: { name: 'a', ...metadata }, ...fields };
  applyDefaults(made as UnknownObject);
  return made as UnknownObject;
}

const pod = (spec: Fields, metadata: Fields = {}) =>
  object(
    'v1',
    'Pod',
    { spec: { containers: [{ name: 'web', image: 'web:1' }], ...spec } },
    metadata,
  );
const said = (made: UnknownObject, custom = false) =>
  warningsOnCreate(made, custom).map(({ text }) => text);

describe('kinds', () => {
  it('that have successors are named', () => {
    const endpoints = { group: '', version: 'v1', kind: 'Endpoints' };
    expect(kindWarning(endpoints)).toBe(
      'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
    );
    expect(kindWarning({ ...endpoints, kind: 'Pod' })).toBeUndefined();
  });
});

describe('pods', () => {
  it('are warned of labels of nodes that have other names now, wherever they choose by them', () => {
    const expressions = [{ key: 'beta.kubernetes.io/arch', operator: 'In', values: ['-x'] }];
    const warnings = warningsOnCreate(
      pod({
        nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: expressions }],
            },
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, preference: { matchExpressions: expressions } },
            ],
          },
        },
        topologySpreadConstraints: [
          { topologyKey: 'failure-domain.beta.kubernetes.io/zone', labelSelector: {} },
        ],
      }),
      false,
    );
    const arch =
      'beta.kubernetes.io/arch is deprecated since v1.14; use "kubernetes.io/arch" instead';
    const affinity = 'spec.affinity.nodeAffinity';
    const preferred = `${affinity}.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0]`;
    expect(warnings.map(({ text }) => text)).toEqual([
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
      `${affinity}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key: ${arch}`,
      `${preferred}.key: ${arch}`,
      expect.stringContaining(`${preferred}.values[0]: -x is invalid, a valid label must be`),
      'spec.topologySpreadConstraints[0].topologyKey: failure-domain.beta.kubernetes.io/zone is deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    ]);
    expect(warnings[0]).toMatchObject({
      field: 'spec.nodeSelector[beta.kubernetes.io/os]',
      deprecated: true,
      instead: 'kubernetes.io/os',
    });
  });

  it('are warned of annotations that do nothing, unless the field is there', () => {
    const annotations = {
      'scheduler.alpha.kubernetes.io/critical-pod': '',
      'seccomp.security.alpha.kubernetes.io/pod': 'runtime/default',
      'container.seccomp.security.alpha.kubernetes.io/web': 'runtime/default',
      'container.apparmor.security.beta.kubernetes.io/web': 'unconfined',
    };
    const at = (key: string) => `metadata.annotations[${key}]`;
    expect(said(pod({}, { annotations }))).toEqual([
      `${at('scheduler.alpha.kubernetes.io/critical-pod')}: non-functional in v1.16+; use the "priorityClassName" field instead`,
      `${at('seccomp.security.alpha.kubernetes.io/pod')}: non-functional in v1.27+; use the "seccompProfile" field instead`,
      `${at('container.seccomp.security.alpha.kubernetes.io/web')}: non-functional in v1.27+; use the "seccompProfile" field instead`,
      `${at('container.apparmor.security.beta.kubernetes.io/web')}: deprecated since v1.30; use the "appArmorProfile" field instead`,
    ]);
    const { 'scheduler.alpha.kubernetes.io/critical-pod': _, ...profiles } = annotations;
    const securityContext = {
      seccompProfile: { type: 'RuntimeDefault' },
      appArmorProfile: { type: 'Unconfined' },
    };
    const containers = [{ name: 'web', image: 'web:1', securityContext }];
    expect(said(pod({ securityContext, containers }, { annotations: profiles }))).toEqual([]);
  });

  it('are warned of names, addresses and secrets given twice or not at all', () => {
    expect(
      said(
        pod({
          hostAliases: [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }, { ip: '::ffff:1.2.3.4' }],
          imagePullSecrets: [{ name: 'a' }, { name: 'a' }, { name: '' }],
          terminationGracePeriodSeconds: -1,
        }),
      ),
    ).toEqual([
      'spec.hostAliases[1].ip: duplicate ip "10.0.0.1"',
      'spec.imagePullSecrets[1].name: duplicate name "a"',
      'spec.imagePullSecrets[2].name: invalid empty name ""',
      'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
      'spec.hostAliases[2].ip: non-standard IP address "::ffff:1.2.3.4" will be considered invalid in a future Kubernetes release: use "1.2.3.4"',
    ]);
    expect(said(object('v1', 'Pod', { spec: {} }, { name: 'a.b' }))).toEqual([
      expect.stringMatching(
        /^metadata\.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: \[a lowercase RFC 1123 label/,
      ),
    ]);
  });

  it('are warned of variables that hide others, not of those that add to them', () => {
    const env = [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
      { name: 'A', value: '$(A)' },
      { name: 'A', value: '$(A):3' },
      { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ];
    expect(said(pod({ initContainers: [{ name: 'first', image: 'web:1', env }] }))).toEqual(
      [1, 2, 4].map(
        (i) =>
          `spec.initContainers[0].env[${i}]: hides previous definition of "A", which may be dropped when using apply`,
      ),
    );
  });

  it('are warned of amounts of bytes that are none', () => {
    const resources = { limits: { memory: '100m' }, requests: { 'ephemeral-storage': '1.5' } };
    const containers = [{ name: 'web', image: 'web:1', resources }];
    expect(said(pod({ containers }))).toEqual([
      'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer',
      // Defaulting takes what is missing of the requests from the limits.
      'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
      'spec.containers[0].resources.requests[ephemeral-storage]: fractional byte value "1500m" is invalid, must be an integer',
    ]);
  });

  it('are warned of ports that get into each other’s way', () => {
    const ports = [
      { containerPort: 80, protocol: 'UDP', hostPort: 80 },
      { containerPort: 80, protocol: 'UDP', hostPort: 80, hostIP: '10.0.0.1' },
      { containerPort: 80, protocol: 'UDP', hostIP: '10.0.0.1' },
      { containerPort: 80, protocol: 'TCP', name: 'http' },
    ];
    const more = [{ containerPort: 81, protocol: 'TCP', name: 'http' }];
    expect(
      said(
        pod({
          containers: [
            { name: 'a', image: 'a:1', ports },
            { name: 'b', image: 'b:1', ports: more },
          ],
        }),
      ),
    ).toEqual([
      'spec.containers[0].ports[1]: dangerously ambiguous port definition with spec.containers[0].ports[0]',
      'spec.containers[0].ports[2]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:UDP HostIP:10.0.0.1}',
      'spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[0]',
      'spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[1]',
      'spec.containers[1].ports[0]: duplicate port name "http" with spec.containers[0].ports[3], services and probes that select ports by name will use spec.containers[0].ports[3]',
    ]);
  });

  it('are warned of volumes that are gone, and of files that overlap in one', () => {
    const items = [
      { key: 'a', path: 'test' },
      { key: 'b', path: 'test/app' },
    ];
    const sources = [
      { configMap: { name: 'settings', items: [{ key: 'a', path: 'token' }] } },
      { serviceAccountToken: { path: 'token/' } },
      {},
    ];
    const warnings = warningsOnCreate(
      pod({
        volumes: [
          { name: 'code', gitRepo: { repository: 'https://example.com/a.git' } },
          { name: 'config', configMap: { name: 'settings', items } },
          { name: 'all', projected: { sources } },
        ],
      }),
      false,
    );
    expect(warnings.map(({ text }) => text)).toEqual([
      'spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+',
      'volume "config" (ConfigMap "settings"): overlapping paths: "test/app" with "test"',
      'volume "all" (Projected) has no sources provided',
      'volume "all" (Projected): overlapping paths: "token/" (ServiceAccountToken) with "token" (ConfigMap "settings")',
    ]);
    expect(warnings[1]?.field).toBe('spec.volumes[1].configMap.items[1].path');
  });

  it('are not spoken of again when they change; templates are when they do', () => {
    const spec = { terminationGracePeriodSeconds: -1 };
    expect(warningsOnUpdate(pod(spec), pod(spec), false)).toEqual([]);
    const deployment = (generation: number) =>
      object('apps/v1', 'Deployment', { spec: { template: { spec } } }, { generation });
    const text =
      'spec.template.spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1';
    expect(said(deployment(1))).toEqual([text]);
    expect(warningsOnUpdate(deployment(1), deployment(1), false)).toEqual([]);
    expect(warningsOnUpdate(deployment(2), deployment(1), false)).toMatchObject([{ text }]);
  });
});

describe('services', () => {
  const service = (spec: Fields, metadata: Fields = {}) =>
    object('v1', 'Service', { spec: { ports: [{ port: 80 }], ...spec } }, metadata);

  it('are warned of what is deprecated', () => {
    const annotations = { 'service.kubernetes.io/topology-aware-hints': 'auto' };
    expect(
      said(
        service({ externalIPs: ['10.1.1.1'], trafficDistribution: 'PreferClose' }, { annotations }),
      ),
    ).toEqual([
      'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead',
      'spec.externalIPs is deprecated and may no longer be implemented in some clusters',
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ]);
  });

  it('are warned of what is ignored', () => {
    expect(
      said(service({ clusterIP: 'None', externalIPs: ['10.1.1.1'], sessionAffinity: 'ClientIP' })),
    ).toEqual([
      'spec.externalIPs is ignored for headless services',
      'spec.SessionAffinity is ignored for headless services',
    ]);
    expect(said(service({ clusterIP: 'None' }))).toEqual([]);
    expect(said(service({ externalName: 'example.com' }))).toEqual([
      'spec.externalName is ignored when spec.type is not "ExternalName"',
    ]);
  });

  it('are warned of blocks and addresses that are written oddly', () => {
    expect(
      said(
        service({
          clusterIPs: ['2001:DB8:0:0::1'],
          loadBalancerSourceRanges: ['10.1.2.3/8', '2001:db8:0::/64', '10.0.0.0/8'],
        }),
      ),
    ).toEqual([
      'spec.clusterIPs[0]: IPv6 address "2001:DB8:0:0::1" should be in RFC 5952 canonical format ("2001:db8::1")',
      'spec.loadBalancerSourceRanges[0]: CIDR value "10.1.2.3/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.1.2.3/32"?)',
      'spec.loadBalancerSourceRanges[1]: IPv6 CIDR value "2001:db8:0::/64" should be in RFC 5952 canonical format ("2001:db8::/64")',
    ]);
  });
});

describe('other kinds', () => {
  it('say what of them is deprecated', () => {
    const annotations = {
      'kubernetes.io/ingress.class': 'nginx',
      'volume.beta.kubernetes.io/storage-class': 'fast',
      'kubernetes.io/enforce-mountable-secrets': 'true',
    };
    const ingress = object('networking.k8s.io/v1', 'Ingress', { spec: {} }, { annotations });
    expect(said(ingress)).toEqual([
      `annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`,
    ]);
    const named = { spec: { ingressClassName: 'nginx' } };
    expect(said(object('networking.k8s.io/v1', 'Ingress', named, { annotations }))).toEqual([]);
    const recycled = { spec: { persistentVolumeReclaimPolicy: 'Recycle' } };
    expect(said(object('v1', 'PersistentVolume', recycled, { annotations }))).toEqual([
      'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    ]);
    const account = object('v1', 'ServiceAccount', {}, { annotations });
    expect(said(account)).toEqual([
      'metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets',
    ]);
    expect(warningsOnUpdate(account, account, false)).toEqual([]);
    const scheduling = { nodeSelector: { 'node-role.kubernetes.io/master': '' } };
    expect(said(object('node.k8s.io/v1', 'RuntimeClass', { handler: 'a', scheduling }))).toEqual([
      'scheduling.nodeSelector: use "node-role.kubernetes.io/control-plane" instead',
    ]);
  });

  it('say what works otherwise than it looks', () => {
    const set = { revisionHistoryLimit: -1, template: { spec: { containers: [] } } };
    expect(said(object('apps/v1', 'StatefulSet', { spec: set }))).toEqual([
      'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
    ]);
    const claim = { resources: { requests: { storage: '1500m' } } };
    expect(said(object('v1', 'PersistentVolumeClaim', { spec: claim }))).toEqual([
      'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
    ]);
    const crowd = { completionMode: 'Indexed', completions: 100_001, parallelism: 10_001 };
    expect(said(object('batch/v1', 'Job', { spec: crowd }))).toEqual([
      expect.stringContaining(
        'spec: In Indexed Jobs with a number of completions higher than 10^5',
      ),
    ]);
  });

  it('say that a certificate is none', () => {
    const type = 'kubernetes.io/tls';
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const secret = (certificate: string, key: string) =>
      said(
        object('v1', 'Secret', {
          type,
          data: { 'tls.crt': base64(certificate), 'tls.key': base64(key) },
        }),
      );
    const pem = (kind: string) => `-----BEGIN ${kind}-----\nAAAA\n-----END ${kind}-----\n`;
    expect(secret('', '')).toEqual(['tls: failed to find any PEM data in certificate input']);
    expect(secret(pem('PRIVATE KEY'), '')).toEqual([
      expect.stringContaining('PEM inputs may have been switched'),
    ]);
    expect(secret(pem('CERTIFICATE'), pem('CERTIFICATE'))).toEqual([
      'tls: found a certificate rather than a key in the PEM for the private key',
    ]);
  });

  it('of people’s own say whose their finalizers are', () => {
    const boat = object('example.com/v1', 'Boat', {}, { finalizers: ['sink', 'orphan', 'a.b/c'] });
    expect(said(boat, true)).toEqual([
      'metadata.finalizers: "sink": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers',
    ]);
    expect(warningsOnUpdate(boat, boat, true)).toEqual([]);
  });

  it('that define such say which formats nobody checks', () => {
    const properties = {
      size: { type: 'integer', format: 'int32' },
      since: { type: 'string', format: 'date-time' },
      colours: { type: 'array', items: { type: 'string', format: 'colour' } },
    };
    const versions = [{ name: 'v1', schema: { openAPIV3Schema: { type: 'object', properties } } }];
    const definition = { spec: { versions } };
    expect(said(object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', definition))).toEqual(
      ['unrecognized format "colour"'],
    );
  });
});
