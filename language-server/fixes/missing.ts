/** An object that is named and is not there, to be written at the end of the file. */
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
  Role: () => 'rules:\n  - apiGroups: [""]\n    resources: [pods]\n    verbs: [get, list, watch]\n',
};

const apiVersions: Readonly<Record<string, string>> = { Role: 'rbac.authorization.k8s.io/v1' };

/** Undefined for kinds of which nobody can guess what should be in them. */
export function creationOf({ missing }: Problem, file: ManifestFile): Fix | undefined {
  if (missing === undefined || !Object.hasOwn(bodies, missing.kind)) return undefined;
  const { kind, name, namespace } = missing;
  const named = file.resources.flatMap((resource) => referencesTo(resource, kind, name));
  const keys = [...new Set(named.flatMap(({ key }) => key?.name ?? []))];
  const ports = [...new Set(named.flatMap(({ port }) => port?.value ?? []))];
  const place =
    namespace === undefined || kind === 'Namespace' ? '' : `  namespace: ${namespace}\n`;
  const body = bodies[kind]?.({ name, keys, ports }) ?? '';
  const apiVersion = apiVersions[kind] ?? 'v1';
  const end = file.text.length;
  const before = file.text === '' || file.text.endsWith('\n') ? '' : '\n';
  const text = `${before}---\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n${place}${body}`;
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
