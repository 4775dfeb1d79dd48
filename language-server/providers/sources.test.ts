/** Each place that names something: what is offered there, and where it leads. */
import { describe, expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { checkerOf, open } from '../language-server.case.ts';
import { completionsAt } from './completion.ts';
import { hoverAt, isDeprecated } from './hover.ts';
import { namesFrom } from './names.ts';
import { definitionAt } from './navigation.ts';

const object = (a: string, k: string, n: string, x = '') =>
  `apiVersion: ${a}\nkind: ${k}\nmetadata: {name: ${n}}\n${x}\n---\n`;
/** The workspace that all look into. */
const workspaceText =
  object('v1', 'Namespace', 'shop') +
  object('v1', 'ConfigMap', 'settings', 'data: {level: debug}') +
  object('v1', 'Secret', 'login', 'stringData: {password: x}') +
  object('v1', 'ServiceAccount', 'robot') +
  object('v1', 'PersistentVolumeClaim', 'data') +
  object('storage.k8s.io/v1', 'StorageClass', 'fast', 'provisioner: a.b') +
  object('scheduling.k8s.io/v1', 'PriorityClass', 'urgent', 'value: 1') +
  object(
    'v1',
    'Service',
    'web',
    'spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}',
  ) +
  object(
    'apps/v1',
    'Deployment',
    'web',
    'spec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers: [{name: web, image: registry/web:1, ports: [{name: http, containerPort: 80}]}]',
  ) +
  object('rbac.authorization.k8s.io/v1', 'Role', 'reader', 'rules: []') +
  object('networking.k8s.io/v1', 'IngressClass', 'nginx', 'spec: {controller: a.b/c}') +
  object('node.k8s.io/v1', 'RuntimeClass', 'gvisor', 'handler: runsc') +
  object(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'boats.example.com',
    'spec:\n  group: example.com\n  scope: Namespaced\n  names: {kind: Boat, plural: boats}\n  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]',
  ) +
  object('storage.k8s.io/v1', 'VolumeAttributesClass', 'gold', 'driverName: a.b') +
  object('resource.k8s.io/v1', 'DeviceClass', 'gpu', 'spec: {}') +
  object('resource.k8s.io/v1', 'ResourceClaimTemplate', 'gpus', 'spec: {spec: {}}') +
  object('v1', 'PersistentVolume', 'disk', 'spec: {}');
const inPod = (x: string) => object('v1', 'Pod', 'a', `spec:\n${x}`).replace('---\n', '');
const inContainer = (x: string) => inPod(`  containers:\n    - name: a\n      image: a:1\n${x}`);
const other = (a: string, k: string, x: string) => object(a, k, 'a', x).replace('---\n', '');
const net = 'networking.k8s.io/v1';
const cases: Readonly<Record<string, string>> = {
  namespace: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: |shop',
  subjNs: other(
    'rbac.authorization.k8s.io/v1',
    'RoleBinding',
    'roleRef: {kind: Role, name: reader}\nsubjects:\n  - kind: ServiceAccount\n    name: robot\n    namespace: |shop',
  ),
  cmName: inContainer(
    '      env:\n        - name: A\n          valueFrom:\n            configMapKeyRef:\n              name: |settings\n              key: level',
  ),
  cmKey: inContainer(
    '      env:\n        - name: A\n          valueFrom:\n            configMapKeyRef:\n              name: settings\n              key: |level',
  ),
  cmFrom: inContainer('      envFrom:\n        - configMapRef:\n            name: |settings'),
  cmVol: inPod('  volumes:\n    - name: v\n      configMap:\n        name: |settings'),
  cmItem: inPod(
    '  volumes:\n    - name: v\n      configMap:\n        name: settings\n        items:\n          - key: |level\n            path: x',
  ),
  cmProj: inPod(
    '  volumes:\n    - name: v\n      projected:\n        sources:\n          - configMap:\n              name: |settings',
  ),
  secretKey: inContainer(
    '      env:\n        - name: A\n          valueFrom:\n            secretKeyRef:\n              name: login\n              key: |password',
  ),
  secretVol: inPod('  volumes:\n    - name: v\n      secret:\n        secretName: |login'),
  pull: inPod('  imagePullSecrets:\n    - name: |login'),
  sa: inPod('  serviceAccountName: |robot'),
  pvc: inPod('  volumes:\n    - name: v\n      persistentVolumeClaim:\n        claimName: |data'),
  sc: other('v1', 'PersistentVolumeClaim', 'spec:\n  storageClassName: |fast'),
  vac: other('v1', 'PersistentVolumeClaim', 'spec:\n  volumeAttributesClassName: |gold'),
  volName: other('v1', 'PersistentVolumeClaim', 'spec:\n  volumeName: |disk'),
  scTpl: other(
    'apps/v1',
    'StatefulSet',
    'spec:\n  volumeClaimTemplates:\n    - metadata: {name: x}\n      spec:\n        storageClassName: |fast',
  ),
  stsSvc: other('apps/v1', 'StatefulSet', 'spec:\n  serviceName: |web'),
  pc: inPod('  priorityClassName: |urgent'),
  rtc: inPod('  runtimeClassName: |gvisor'),
  claimTpl: inPod('  resourceClaims:\n    - name: g\n      resourceClaimTemplateName: |gpus'),
  ingSvc: other(
    net,
    'Ingress',
    'spec:\n  rules:\n    - http:\n        paths:\n          - path: /\n            pathType: Prefix\n            backend:\n              service:\n                name: |web\n                port:\n                  number: 80',
  ),
  ingPort: other(
    net,
    'Ingress',
    'spec:\n  defaultBackend:\n    service:\n      name: web\n      port:\n        number: |80',
  ),
  ingPortName: other(
    net,
    'Ingress',
    'spec:\n  defaultBackend:\n    service:\n      name: web\n      port:\n        name: |http',
  ),
  ingClass: other(net, 'Ingress', 'spec:\n  ingressClassName: |nginx'),
  ingTls: other(net, 'Ingress', 'spec:\n  tls:\n    - secretName: |login'),
  svcSel: other('v1', 'Service', 'spec:\n  selector:\n    app: |web'),
  svcSelKey: other('v1', 'Service', 'spec:\n  selector:\n    |app: web'),
  svcTarget: other(
    'v1',
    'Service',
    'spec:\n  selector:\n    app: web\n  ports:\n    - port: 80\n      targetPort: |http',
  ),
  netpol: other(net, 'NetworkPolicy', 'spec:\n  podSelector:\n    matchLabels:\n      app: |web'),
  netpolFrom: other(
    net,
    'NetworkPolicy',
    'spec:\n  podSelector: {}\n  ingress:\n    - from:\n        - podSelector:\n            matchLabels:\n              app: |web',
  ),
  pdb: other(
    'policy/v1',
    'PodDisruptionBudget',
    'spec:\n  selector:\n    matchLabels:\n      app: |web',
  ),
  affinity: inPod(
    '  affinity:\n    podAntiAffinity:\n      requiredDuringSchedulingIgnoredDuringExecution:\n        - topologyKey: kubernetes.io/hostname\n          labelSelector:\n            matchLabels:\n              app: |web',
  ),
  topoKey: inPod('  topologySpreadConstraints:\n    - topologyKey: |kubernetes.io/hostname'),
  hpaName: other(
    'autoscaling/v2',
    'HorizontalPodAutoscaler',
    'spec:\n  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: |web',
  ),
  hpaKind: other(
    'autoscaling/v2',
    'HorizontalPodAutoscaler',
    'spec:\n  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: |Deployment\n    name: web',
  ),
  hpaApi: other(
    'autoscaling/v2',
    'HorizontalPodAutoscaler',
    'spec:\n  scaleTargetRef:\n    apiVersion: |apps/v1\n    kind: Deployment\n    name: web',
  ),
  roleRef: other(
    'rbac.authorization.k8s.io/v1',
    'RoleBinding',
    'roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: |reader',
  ),
  roleRefKind: other(
    'rbac.authorization.k8s.io/v1',
    'RoleBinding',
    'roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: |Role\n  name: reader',
  ),
  subject: other(
    'rbac.authorization.k8s.io/v1',
    'RoleBinding',
    'roleRef: {kind: Role, name: reader}\nsubjects:\n  - kind: ServiceAccount\n    name: |robot',
  ),
  subjKind: other(
    'rbac.authorization.k8s.io/v1',
    'RoleBinding',
    'roleRef: {kind: Role, name: reader}\nsubjects:\n  - kind: |ServiceAccount\n    name: robot',
  ),
  ruleVerb: other(
    'rbac.authorization.k8s.io/v1',
    'Role',
    'rules:\n  - apiGroups: [""]\n    resources: [pods]\n    verbs: [|get]',
  ),
  ruleRes: other(
    'rbac.authorization.k8s.io/v1',
    'Role',
    'rules:\n  - apiGroups: [""]\n    resources: [|pods]\n    verbs: [get]',
  ),
  owner:
    'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  ownerReferences:\n    - apiVersion: apps/v1\n      kind: Deployment\n      name: |web\n      uid: x',
  image: inContainer('').replace('image: a:1', 'image: |a:1'),
  custom: 'apiVersion: example.com/v1\nkind: |Boat\nmetadata: {name: a}\n',
  mount: inPod(
    '  volumes:\n    - name: data\n      emptyDir: {}\n  containers:\n    - name: a\n      image: a:1\n      volumeMounts:\n        - name: |data\n          mountPath: /x',
  ),
  probePort: inPod(
    '  containers:\n    - name: a\n      image: a:1\n      ports: [{name: http, containerPort: 80}]\n      livenessProbe:\n        httpGet:\n          port: |http',
  ),
  ownSel: other(
    'apps/v1',
    'Deployment',
    'spec:\n  selector:\n    matchLabels:\n      app: |z\n  template:\n    metadata:\n      labels:\n        app: z',
  ),
  resKey: inContainer('      resources:\n        limits:\n          |cpu: 500m'),
  timezone: other('batch/v1', 'CronJob', 'spec:\n  timeZone: |Europe/Berlin'),
  claimRef: other(
    'v1',
    'PersistentVolume',
    'spec:\n  claimRef:\n    name: |data\n    namespace: default',
  ),
  webhookSvc: other(
    'admissionregistration.k8s.io/v1',
    'ValidatingWebhookConfiguration',
    'webhooks:\n  - name: a.b.c\n    clientConfig:\n      service:\n        name: |web\n        namespace: default',
  ),
  fieldPath: inContainer(
    '      env:\n        - name: A\n          valueFrom:\n            fieldRef:\n              fieldPath: |metadata.name',
  ),
  toler: inPod('  tolerations:\n    - key: |node-role.kubernetes.io/control-plane'),
  nodeSel: inPod('  nodeSelector:\n    |kubernetes.io/os: linux'),
  cap: inContainer('      securityContext:\n        capabilities:\n          add: [|NET_ADMIN]'),
  nsLabel:
    'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  labels:\n    |pod-security.kubernetes.io/enforce: baseline',
};

const expected: Readonly<Record<string, readonly [offered: string, leadsTo?: string]>> = {
  namespace: ['shop', 'shop'],
  subjNs: ['shop', 'shop'],
  cmName: ['settings', 'settings'],
  cmKey: ['level', 'level'],
  cmFrom: ['settings', 'settings'],
  cmVol: ['settings', 'settings'],
  cmItem: ['level', 'level'],
  cmProj: ['settings', 'settings'],
  secretKey: ['password', 'password'],
  secretVol: ['login', 'login'],
  pull: ['login', 'login'],
  sa: ['robot', 'robot'],
  pvc: ['data', 'data'],
  sc: ['fast', 'fast'],
  vac: ['gold', 'gold'],
  volName: ['disk', 'disk'],
  scTpl: ['fast', 'fast'],
  stsSvc: ['web', 'web'],
  pc: ['urgent', 'urgent'],
  rtc: ['gvisor', 'gvisor'],
  claimTpl: ['gpus', 'gpus'],
  ingSvc: ['web', 'web'],
  ingPort: ['80', '80'],
  ingPortName: ['http', 'http'],
  ingClass: ['nginx', 'nginx'],
  ingTls: ['login', 'login'],
  svcSel: ['web', 'web'],
  svcSelKey: ['app', 'web'],
  svcTarget: ['http', 'http'],
  netpol: ['web', 'web'],
  netpolFrom: ['web', 'web'],
  pdb: ['web', 'web'],
  affinity: ['web', 'web'],
  topoKey: ['topology.kubernetes.io/zone'],
  hpaName: ['web', 'web'],
  hpaKind: ['StatefulSet'],
  hpaApi: ['apps/v1'],
  roleRef: ['reader', 'reader'],
  roleRefKind: ['ClusterRole'],
  subject: ['robot', 'robot'],
  subjKind: ['ServiceAccount'],
  ruleVerb: ['watch'],
  ruleRes: ['configmaps'],
  owner: ['web', 'web'],
  image: ['registry/web:1'],
  custom: ['Boat', 'boats.example.com'],
  mount: ['data', 'data'],
  probePort: ['http', 'http'],
  ownSel: ['z', 'z'],
  resKey: ['memory'],
  timezone: ['Europe/Berlin'],
  claimRef: ['data', 'data'],
  webhookSvc: ['web', 'web'],
  fieldPath: ['metadata.name'],
  toler: ['node-role.kubernetes.io/control-plane'],
  nodeSel: ['kubernetes.io/os'],
  cap: ['NET_ADMIN'],
  nsLabel: ['pod-security.kubernetes.io/enforce'],
};

describe('a place that names something', () => {
  it.each(Object.entries(cases))('%s', (name, marked) => {
    const offset = marked.indexOf('|');
    const text = marked.replace('|', '');
    const checker = checkerOf({ '/w/all.yaml': workspaceText, '/w/test.yaml': text });
    const file = open(text);
    const { document } = file;
    const items = completionsAt(
      file,
      document.positionAt(offset),
      checker.catalog,
      namesFrom(checker),
    );
    const [offered, leadsTo] = expected[name] ?? [];
    expect(items.map(({ label }) => label)).toContain(offered);
    const at = document.positionAt(offset + 1);
    expect(hoverAt(file, at, checker)).toBeDefined();
    const [place] = definitionAt(file, at, checker.workspace);
    const all = TextDocument.create('file:///w/all.yaml', 'yaml', 1, workspaceText);
    const target = place?.uri === all.uri ? all : document;
    expect(place && target.getText(place.range)).toBe(leadsTo);
  });

  it('is expected for every one', () => {
    expect(Object.keys(expected).sort()).toEqual(Object.keys(cases).sort());
  });
});

describe('what is deprecated', () => {
  it.each([
    ['Deprecated: use x', true],
    ['A name. DEPRECATED: use x', true],
    ['Kept for some time. This field is deprecated in favor of x.', true],
    ['DeprecatedServiceAccount is a deprecated alias for ServiceAccountName.', true],
    ['deprecated indicates this version of the custom resource API is deprecated.', false],
    ['The name; even though the annotation is officially deprecated, for a while it works.', false],
    ['Retain, Delete, and Recycle (deprecated). Recycle must be supported.', false],
    [undefined, false],
  ])('%s: %s', (description, is) => {
    expect(isDeprecated(description)).toBe(is);
  });
});
