/** An object that is named and is not there, to be written at the end of the file. */

import { isJsonText } from '../providers/open-file.ts';
import { factsOf } from '../references/facts.ts';
import type { ManifestFile, Resource } from '../routing/manifest-file.ts';
import type { Fix, Problem } from '../rules/problem.ts';

interface Wanted {
  readonly name: string;
  /** Keys by which others refer to it. */
  readonly keys: readonly string[];
  readonly ports: readonly (string | number)[];
}

const bodies: Readonly<Record<string, (wanted: Wanted) => string>> = {
  ConfigMap: ({ keys }) => `data:${entries(keys)}`,
  Secret: ({ keys }) => `stringData:${entries(keys)}`,
  ServiceAccount: () => '',
  Namespace: () => '',
  PersistentVolumeClaim: () =>
    'spec:\n  accessModes: [ReadWriteOnce]\n  resources:\n    requests:\n      storage: 1Gi\n',
  Service: ({ name, ports }) => `spec:\n  selector:\n    app: ${name}\n  ports:\n${portsOf(ports)}`,
  Role: () => rules,
  ClusterRole: () => rules,
  PriorityClass: () => 'value: 1000\nglobalDefault: false\n',
  Deployment: ({ name }) => workload(name, ''),
  StatefulSet: ({ name }) => workload(name, `  serviceName: ${name}\n`),
};

const rules = 'rules:\n  - apiGroups: [""]\n    resources: [pods]\n    verbs: [get, list, watch]\n';

const apiVersions: Readonly<Record<string, string>> = {
  Role: 'rbac.authorization.k8s.io/v1',
  ClusterRole: 'rbac.authorization.k8s.io/v1',
  PriorityClass: 'scheduling.k8s.io/v1',
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
};

const clusterWide = new Set(['Namespace', 'ClusterRole', 'PriorityClass']);

/** The manifest of what is missing; undefined for kinds of which nobody can guess what is in them. */
export function manifestOf({ missing }: Problem, file: ManifestFile): string | undefined {
  if (missing === undefined || !Object.hasOwn(bodies, missing.kind)) return undefined;
  const { kind, name, namespace } = missing;
  const named = file.resources.flatMap((resource) => referencesTo(resource, kind, name));
  const keys = [...new Set(named.flatMap(({ key }) => key?.name ?? []))];
  const ports = [...new Set(named.flatMap(({ port }) => port?.value ?? []))];
  const place =
    namespace === undefined || clusterWide.has(kind) ? '' : `  namespace: ${namespace}\n`;
  const body = bodies[kind]?.({ name, keys, ports }) ?? '';
  const apiVersion = apiVersions[kind] ?? 'v1';
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n${place}${body}`;
}

/** Writes it at the end of the file. */
export function creationOf(problem: Problem, file: ManifestFile): Fix | undefined {
  const manifest = manifestOf(problem, file);
  if (manifest === undefined || problem.missing === undefined) return undefined;
  // A file of JSON is one object.
  if (isJsonText(file.text)) return undefined;
  const { kind, name } = problem.missing;
  const end = file.text.length;
  const before = file.text === '' || file.text.endsWith('\n') ? '' : '\n';
  const text = `${before}---\n${manifest}`;
  return { title: `Create ${kind} "${name}" in this file`, edits: [{ start: end, end, text }] };
}

function referencesTo(resource: Resource, kind: string, name: string) {
  const { references } = factsOf(resource.kind ?? '', resource.value);
  return references.filter((each) => each.kind === kind && each.name === name);
}

function entries(keys: readonly string[]): string {
  if (keys.length === 0) return ' {}\n';
  return `\n${keys.map((key) => `  ${key}: ""\n`).join('')}`;
}

function portsOf(ports: readonly (string | number)[]): string {
  const wanted = ports.length === 0 ? [80] : ports;
  return wanted
    .map((port) =>
      typeof port === 'number'
        ? `    - port: ${port}\n`
        : `    - name: ${port}\n      port: 80\n      targetPort: ${port}\n`,
    )
    .join('');
}

function workload(name: string, more: string): string {
  return `spec:
${more}  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
        - name: ${name}
          image: ${name}:1.0.0
`;
}
