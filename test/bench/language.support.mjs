// Manifests to measure with, and the schema of all kinds in one as YAML editors use it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** So many documents in one text, 25 lines each. */
export function manifestText(count) {
  return Array.from({ length: count }, (_, index) => manifestOf(index)).join('');
}

const workloads = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** One document of 25 lines: a workload, a Service, a ConfigMap or an Ingress in turn. */
export function manifestOf(index, name = `app-${index}`) {
  const labels = `    app: ${name}\n    tier: t${index % 7}`;
  const head = (apiVersion, kind) =>
    `---\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n  labels:\n${labels}\n`;
  switch (index % 4) {
    case 0: {
      const kind = workloads[(index / 4) % 3];
      const service =
        kind === 'StatefulSet' ? `  serviceName: ${name}\n` : '  minReadySeconds: 1\n';
      return `${head('apps/v1', kind)}spec:
${service}  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
        - name: main
          image: registry.local/${name}:1.${index}
          imagePullPolicy: IfNotPresent
          ports:
            - name: http
              containerPort: ${8000 + index}
`;
    }
    case 1:
      return `${head('v1', 'Service')}spec:
  type: ClusterIP
  sessionAffinity: None
  selector:
    app: app-${index - 1}
  ports:
${['http', 'admin', 'metrics']
  .map(
    (port, at) =>
      `    - name: ${port}\n      port: ${80 + at}\n      targetPort: http\n      protocol: TCP\n`,
  )
  .join('')}`;
    case 2:
      return `${head('v1', 'ConfigMap')}data:\n${Array.from(
        { length: 16 },
        (_, line) => `  key-${line}: "value ${line} of ${name}"\n`,
      ).join('')}`;
    default:
      return `${head('networking.k8s.io/v1', 'Ingress')}spec:
  ingressClassName: nginx
  rules:
    - host: ${name}.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: app-${index - 2}
                port:
                  name: http
  tls:
    - hosts:
        - ${name}.example.com
      secretName: ${name}
`;
  }
}

/** The bundle's definitions as one schema: `oneOf` all kinds, apiVersion and kind pinned in each. */
export function allKindsSchema(directory) {
  const index = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8'));
  const bytes = readFileSync(join(directory, 'definitions.jsonl'));
  const definitions = {};
  for (const [name, [offset, length]] of Object.entries(index.definitions)) {
    const text = bytes.toString('utf8', offset, offset + length);
    definitions[name] = JSON.parse(text.replaceAll('#/components/schemas/', '#/definitions/'));
  }
  for (const [group, version, kind, name] of index.kinds) {
    const { properties = {} } = definitions[name];
    const apiVersion = group === '' ? version : `${group}/${version}`;
    properties.apiVersion = { ...properties.apiVersion, type: 'string', enum: [apiVersion] };
    properties.kind = { ...properties.kind, type: 'string', enum: [kind] };
  }
  const oneOf = index.kinds.map(([, , , name]) => ({ $ref: `#/definitions/${name}` }));
  return { $schema: 'http://json-schema.org/draft-07/schema#', definitions, oneOf };
}
