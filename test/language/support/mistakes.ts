/**
 * Mistakes as people make them: each replaces the first thing in a document that fits. What is
 * changed is judged on its own line unless the mistake is that something is no longer there.
 */
export interface Mistake {
  readonly name: string;
  readonly find: RegExp;
  readonly put: string | ((found: string, ...groups: string[]) => string);
  /** Only documents that look like this. */
  readonly among?: RegExp;
  /** The problem may show somewhere else than where the mistake was made. */
  readonly elsewhere?: boolean;
}

const workload = /^kind: (Deployment|StatefulSet|DaemonSet|ReplicaSet)$/m;
const core = /^apiVersion: v1$/m;
const builtIn = /^apiVersion: (v1|\w+\/v\d|[\w.]+\.k8s\.io\/v\d)$/m;

const spelling: readonly Mistake[] = [
  {
    name: 'a letter left out of a field',
    find: /\b(containers|template|metadata|containerPort|volumeMounts|matchLabels|emptyDir|roleRef|subjects|provisioner|accessModes|schedule|minReplicas|podSelector|webhooks|versions)(?=:)/,
    put: (name) => name.slice(0, 3) + name.slice(4),
    among: builtIn,
  },
  {
    name: 'letters swapped in a field',
    find: /\b(containers|template|replicas|spec|image|volumes|rules|strategy|selector)(?=: )/,
    put: (name) => name.slice(0, 1) + name.charAt(2) + name.charAt(1) + name.slice(3),
    among: workload,
  },
  {
    name: 'a field in the wrong case',
    find: /\b(containerPort|imagePullPolicy|restartPolicy|serviceAccountName|mountPath|clusterIP|targetPort|matchLabels|storageClassName|pathType)(?=:)/,
    put: (name) => name.toLowerCase(),
  },
  {
    name: 'a field that does not exist',
    find: /^spec:\n/m,
    put: 'spec:\n  bananas: 3\n',
    among: builtIn,
    elsewhere: true,
  },
  {
    name: 'a field of the container in the pod',
    find: /^(\s*)containers:\n/m,
    put: (_, indent = '') => `${indent}imagePullPolicy: Always\n${indent}containers:\n`,
    elsewhere: true,
  },
  {
    name: 'a kind misspelled',
    find: /^kind: (Deployment|Service|ConfigMap|Ingress|CronJob|StatefulSet)$/m,
    put: (kind) => kind.slice(0, -2) + kind.slice(-1),
  },
  {
    name: 'a kind in the wrong case',
    find: /^kind: (Deployment|Service|ConfigMap|Pod|Secret)$/m,
    put: (kind) => kind.toLowerCase(),
  },
  {
    name: 'a kind in the wrong group',
    find: /^apiVersion: (apps|batch|policy|autoscaling)\/v\d$/m,
    put: 'apiVersion: v1',
  },
  {
    name: 'a version that never was',
    find: /^apiVersion: (apps|batch|networking.k8s.io|rbac.authorization.k8s.io)\/v1$/m,
    put: (text) => `${text}2`,
  },
  {
    name: 'a removed apiVersion',
    find: /^apiVersion: apps\/v1$/m,
    put: 'apiVersion: extensions/v1beta1',
    among: /^kind: (Deployment|DaemonSet|ReplicaSet)$/m,
  },
  {
    name: 'a removed beta',
    find: /^apiVersion: (networking.k8s.io|policy|rbac.authorization.k8s.io|storage.k8s.io|apiextensions.k8s.io|admissionregistration.k8s.io)\/v1$/m,
    put: (text) => `${text}beta1`,
    among:
      /^kind: (Ingress|PodDisruptionBudget|Role|ClusterRole|StorageClass|CSIDriver|CustomResourceDefinition|ValidatingWebhookConfiguration)$/m,
  },
  { name: 'no kind', find: /^kind: .*\n/m, put: '', among: builtIn, elsewhere: true },
  { name: 'no apiVersion', find: /^apiVersion: .*\n/m, put: '', among: workload, elsewhere: true },
];

const types: readonly Mistake[] = [
  {
    name: 'a number in quotes',
    find: /\b(containerPort|replicas|minReadySeconds|periodSeconds|weight|completions|parallelism|revisionHistoryLimit): (\d+)/,
    put: '$1: "$2"',
  },
  {
    name: 'a word for a number',
    find: /\b(containerPort|replicas|minReplicas|completions|initialDelaySeconds): \d+/,
    put: '$1: many',
  },
  { name: 'a number for a string', find: /\bimage: [^\s,}]+/, put: 'image: 7' },
  { name: 'a list for a string', find: /\bimage: [^\s,}]+/, put: 'image: [nginx]' },
  { name: 'a map for a string', find: /\bimage: [^\s,}]+/, put: 'image: {name: nginx}' },
  { name: 'a string for a list', find: /\b(command|args): \[[^\]]*\]/, put: '$1: sh' },
  {
    name: 'a map for a list',
    find: /\b(command|args|verbs|accessModes): \[[^\]]*\]/,
    put: '$1: {a: b}',
  },
  { name: 'a string for a map', find: /\b(matchLabels|nodeSelector): \{[^}]*\}/, put: '$1: app' },
  {
    name: 'a boolean in quotes',
    find: /\b(readOnly|privileged|runAsNonRoot|immutable|suspend|served|storage|automountServiceAccountToken): (true|false)/,
    put: '$1: "$2"',
  },
  { name: 'a number for an environment variable', find: /\bvalue: "8080"/, put: 'value: 8080' },
  { name: 'yes for an environment variable', find: /\bvalue: "8080"/, put: 'value: yes' },
  {
    name: 'a boolean for an annotation',
    find: /: "true"(?= \}|\n)/,
    put: ': true',
    among: /annotations/,
  },
  { name: 'an octal number for a label', find: /"456"/, put: '0456' },
  {
    name: 'a fraction for a whole number',
    find: /\b(replicas|containerPort|minReplicas): \d+/,
    put: '$1: 1.5',
  },
  {
    name: 'a number beyond 32 bits',
    find: /\b(replicas|minReadySeconds|leaseDurationSeconds|backoffLimit): \d+/,
    put: '$1: 3000000000',
  },
];

const values: readonly Mistake[] = [
  {
    name: 'a choice misspelled',
    find: /\b(IfNotPresent|RollingUpdate|ClusterFirst|OnFailure|ScheduleAnyway|ReadWriteOnce|LoadBalancer|WaitForFirstConsumer)\b/,
    put: (word) => word.slice(0, -2) + word.slice(-1),
    among: builtIn,
  },
  {
    name: 'a choice in the wrong case',
    find: /\b(protocol: )(TCP|UDP)/,
    put: (text) => text.toLowerCase(),
  },
  { name: 'a port too great', find: /\b(containerPort|hostPort): \d+/, put: '$1: 80800' },
  { name: 'a port of 0', find: /\bcontainerPort: \d+/, put: 'containerPort: 0' },
  {
    name: 'a negative count',
    find: /\b(replicas|minReadySeconds|completions|revisionHistoryLimit): \d+/,
    put: '$1: -1',
  },
  { name: 'memory in GB', find: /\bmemory: [\w."]+/, put: 'memory: 2GB' },
  { name: 'a space in a quantity', find: /\bcpu: 100m/, put: 'cpu: 100 m' },
  {
    name: 'a negative quantity',
    find: /\bcpu: 100m(?=, memory)/,
    put: 'cpu: -100m',
    among: /containers/,
  },
  {
    name: 'more requested than the limit',
    find: /requests: \{ cpu: 100m/,
    put: 'requests: { cpu: 3',
  },
  {
    name: 'a name with capitals',
    find: /^(metadata: \{ name| {2}name): [a-z][\w.-]*/m,
    put: '$1: Web_App',
    among: workload,
  },
  {
    name: 'a name that is too long',
    find: /^(metadata: \{ name| {2}name): [a-z][\w.-]*/m,
    put: `$1: ${'a'.repeat(254)}`,
    among: workload,
  },
  { name: 'a space in a label', find: /\bapp: (full|least|db|agent)\b/, put: 'app: "a b"' },
  {
    name: 'a label with two slashes',
    find: /\bapp\.kubernetes\.io\/name: shop/,
    put: 'a/b/c: shop',
  },
  {
    name: 'a port name that is too long',
    find: /- name: http\n/,
    put: '- name: a-very-long-port-name\n',
    among: /containerPort/,
  },
  {
    name: 'a schedule with four fields',
    find: /schedule: .*/,
    put: 'schedule: "*/5 * * *"',
    among: /^kind: CronJob$/m,
  },
  {
    name: 'a schedule out of range',
    find: /schedule: .*/,
    put: 'schedule: "61 * * * *"',
    among: /^kind: CronJob$/m,
  },
  { name: 'a time zone that is not', find: /timeZone: .*/, put: 'timeZone: Europe/Atlantis' },
  {
    name: 'a range of addresses that is not',
    find: /\b10\.0\.0\.0\/8|172\.17\.0\.0\/16/,
    put: '10.0.0.0/33',
  },
  { name: 'an address that is not', find: /\bip: [\d.]+/, put: 'ip: 10.0.0.300' },
  { name: 'a percentage without its sign', find: /\bmaxSurge: 25%/, put: 'maxSurge: "25"' },
  { name: 'base 64 that is not', find: /\bpassword: cGFzcw==/, put: 'password: secret!' },
  { name: 'a moment that is not', find: /"2026-01-31T12:00:00Z"/, put: '"31.1.2026"' },
  {
    name: 'a path that is not absolute',
    find: /- path: \/\n/,
    put: '- path: shop\n',
    among: /^kind: Ingress$/m,
  },
  {
    name: 'a host with a port',
    find: /host: shop\.example\.com/,
    put: 'host: shop.example.com:80',
  },
  {
    name: 'a role that is none',
    find: /roleRef: \{ apiGroup: rbac\.authorization\.k8s\.io, kind: \w+/,
    put: 'roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Rolle',
  },
  {
    name: 'a finalizer without a domain',
    find: /finalizers: \[example\.com\/hold\]/,
    put: 'finalizers: [hold]',
  },
  { name: 'a mode beyond 0777', find: /defaultMode: 0644/, put: 'defaultMode: 1644' },
  { name: 'a custom choice that is none', find: /\bmode: slow/, put: 'mode: slowest' },
  {
    name: 'a custom number too great',
    find: /\breplicas: 2$/m,
    put: 'replicas: 99',
    among: /^kind: CronTab$/m,
  },
  {
    name: 'a custom pattern that is not met',
    find: /cronSpec: "\* \* \* \* \*\/5"/,
    put: 'cronSpec: never',
  },
  {
    name: 'a custom field that does not exist',
    find: / {2}image: awesome/,
    put: '  imagge: awesome',
  },
];

const wholes: readonly Mistake[] = [
  { name: 'no image', find: /, image: [^\s,}]+/, put: '', elsewhere: true },
  { name: 'no name of a container', find: /\{ name: main, image/, put: '{ image', elsewhere: true },
  { name: 'no selector', find: /^ {2}selector: .*\n/m, put: '', among: workload, elsewhere: true },
  {
    name: 'no template',
    find: /^ {2}template:\n(?: {4}.*\n)+/m,
    put: '',
    among: workload,
    elsewhere: true,
  },
  {
    name: 'no containers',
    find: /containers: \[\{[^\]]*\]/,
    put: 'containers: []',
    elsewhere: true,
  },
  { name: 'no name', find: /metadata: \{ name: \w+ \}/, put: 'metadata: {}', elsewhere: true },
  { name: 'no access modes', find: /^ {2}accessModes: .*\n/m, put: '', elsewhere: true },
  { name: 'no path type', find: /^ +pathType: Prefix\n/m, put: '', elsewhere: true },
  { name: 'no verbs', find: /verbs: \[[^\]]*\]/, put: 'verbs: []' },
  {
    name: 'no ports of a service',
    find: /ports: \[\{ port: 80 \}\]/,
    put: 'type: ClusterIP',
    elsewhere: true,
  },
  {
    name: 'a selector that does not match',
    find: /metadata: \{ labels: \{ app: \w+ \} \}/,
    put: 'metadata: { labels: { app: other } }',
    among: workload,
  },
  {
    name: 'a mount without its volume',
    find: /- \{ name: tmp, mountPath/,
    put: '- { name: temp, mountPath',
  },
  { name: 'a volume twice', find: /- name: logs\n( +)emptyDir/, put: '- name: tmp\n$1emptyDir' },
  {
    name: 'a container twice',
    find: /\[\{ name: main, image: nginx \}\]/,
    put: '[{ name: main, image: nginx }, { name: main, image: b }]',
  },
  { name: 'a path mounted twice', find: /mountPath: \/etc\/settings,/, put: 'mountPath: /tmp,' },
  {
    name: 'a port of a service twice',
    find: /port: 53\n( +)protocol: UDP/,
    put: 'port: 80\n$1protocol: TCP',
  },
  {
    name: 'ports of a service without names',
    find: /- name: http\n +port: 80/,
    put: '- port: 80',
    among: /^kind: Service$/m,
    elsewhere: true,
  },
  {
    name: 'two kinds of volume in one',
    find: /emptyDir: \{\}/,
    put: 'emptyDir: {}\n      hostPath: { path: /tmp }',
    elsewhere: true,
  },
  {
    name: 'a probe that does nothing',
    find: /exec: \{ command: \[cat, \/tmp\/ready\] \}/,
    put: 'periodSeconds: 3',
    elsewhere: true,
  },
  {
    name: 'a probe that does two things',
    find: /exec: \{ command: \[cat, \/tmp\/ready\] \}/,
    put: 'exec: { command: [cat] }\n        tcpSocket: { port: 80 }',
    elsewhere: true,
  },
  {
    name: 'a value and a source of a variable',
    find: /- name: POD\n/,
    put: '- name: POD\n          value: x\n',
    elsewhere: true,
  },
  {
    name: 'a workload that is not restarted',
    find: /spec: \{ containers: /,
    put: 'spec: { restartPolicy: Never, containers: ',
    among: workload,
  },
  {
    name: 'a job that is always restarted',
    find: /restartPolicy: (Never|OnFailure)/,
    put: 'restartPolicy: Always',
    among: /^kind: (Job|CronJob)$/m,
  },
  {
    name: 'a rolling update of what is recreated',
    find: /strategy: \{ type: Recreate \}/,
    put: 'strategy: { type: Recreate, rollingUpdate: { maxSurge: 1 } }',
    elsewhere: true,
  },
  {
    name: 'fewest above most replicas',
    find: /minReplicas: 1\n/,
    put: 'minReplicas: 20\n',
    elsewhere: true,
  },
  {
    name: 'both bounds of a disruption budget',
    find: /minAvailable: 50%/,
    put: 'minAvailable: 50%\n  maxUnavailable: 1',
    elsewhere: true,
  },
  {
    name: 'a node port of a cluster address',
    find: /ports: \[\{ port: 80 \}\]/,
    put: 'ports: [{ port: 80, nodePort: 30080 }]',
  },
  {
    name: 'two backends of a path',
    find: /port: \{ number: 80 \}/,
    put: 'port: { number: 80, name: http }',
    elsewhere: true,
  },
  {
    name: 'a definition with a wrong name',
    find: /metadata: \{ name: crontabs\.stable\.example\.com \}/,
    put: 'metadata: { name: crontab.example.com }',
  },
  {
    name: 'no version that is stored',
    find: /storage: true/,
    put: 'storage: false',
    among: /^kind: CustomResourceDefinition$/m,
    elsewhere: true,
  },
];

const writing: readonly Mistake[] = [
  {
    name: 'a field one space too far right',
    find: /^( {2,})(image|ports|env|command|selector|replicas|type|accessModes|provisioner): /m,
    put: ' $1$2: ',
    elsewhere: true,
  },
  {
    name: 'a field one space too far left',
    find: /^ ( +)(image|ports|env|selector|template|type): /m,
    put: '$1$2: ',
    among: builtIn,
    elsewhere: true,
  },
  {
    name: 'a tab for spaces',
    find: /^ {4}( *)(\w+): /m,
    put: '\t$1$2: ',
    among: /^metadata:/m,
    elsewhere: true,
  },
  {
    name: 'a field twice',
    find: /^( *)(replicas|type|image|schedule|addressType|provisioner|handler|kind): .*\n/m,
    put: (line) => line + line,
    elsewhere: true,
  },
  {
    name: 'no space after the colon',
    find: /\b(image|kind|apiVersion): (?=\w)/,
    put: '$1:',
    among: builtIn,
    elsewhere: true,
  },
  {
    name: 'no colon',
    find: /^( +)(image|replicas|type|spec|selector): ?/m,
    put: '$1$2 ',
    among: builtIn,
    elsewhere: true,
  },
  {
    name: 'a quote that is not closed',
    find: /: "([^"\n]+)"/,
    put: ': "$1',
    among: core,
    elsewhere: true,
  },
  {
    name: 'a bracket that is not closed',
    find: /\[\{ name: main, image: \w+ \}\]/,
    put: '[{ name: main, image: x }',
    elsewhere: true,
  },
  {
    name: 'a colon in a plain value',
    find: /\bimage: [^\s,}]+$/m,
    put: 'image: web: 1',
    elsewhere: true,
  },
  {
    name: 'a list item without its dash',
    find: /^( +)- name: (web|main|controller)$/m,
    put: '$1  name: $2',
    elsewhere: true,
  },
  { name: 'an alias without its anchor', find: /\*labels/, put: '*lables' },
];

export const mistakes: readonly Mistake[] = [
  ...spelling,
  ...types,
  ...values,
  ...wholes,
  ...writing,
];
