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

/** Files that are rare but real, and some that are made to hurt, by what they are. */
export function worstCases() {
  const lines = many(10_000, (index) => `    line ${index} of a script\n`);
  return {
    '300 objects': many(300, smallObject).join(''),
    '2,000 documents': many(2000, (at) => `---\n${configMap(`map-${at}`)}  key: "${at}"\n`).join(
      '',
    ),
    'custom resource definitions, 3 MB': many(34, definitionOf).join(''),
    'ConfigMap with 1 MB': `${configMap('big')}  data.txt: |\n${'    0123456789abcdef\n'.repeat(50_000)}`,
    'value of 10,000 lines': `${configMap('long')}  script.sh: |\n${lines.join('')}`,
    'one line of 1 MB': `${configMap('line')}  data: "${'x'.repeat(1_000_000)}"\n`,
    '10,000 keys': `${configMap('keys')}${lines.map((_, at) => `  key-${at}: "${at}"\n`).join('')}`,
    'list of 2,000 objects': `apiVersion: v1\nkind: List\nitems:\n${many(2000, listItem).join('')}`,
    'JSON without spaces, 2 MB': JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: many(4000, jsonObject),
    }),
    'fields within fields, 1,000 deep': `${configMap('deep')}${many(1000, (at) => `${' '.repeat(at + 2)}a:\n`).join('')}`,
    '10,000 anchors': `${configMap('anchors')}${many(10_000, (at) => `  k${at}: &a${at} v\n`).join('')}`,
    '10,000 aliases': `${configMap('aliases')}  k: &a v\n${many(10_000, (at) => `  k${at}: *a\n`).join('')}`,
    'aliases of aliases': `${configMap('bomb')}${many(12, bombLevel).join('')}`,
  };
}

function many(count, make) {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** A field ten times as long as the one before. */
function bombLevel(level) {
  const items =
    level === 0
      ? '"x"'
      : Array(10)
          .fill(`*l${level - 1}`)
          .join(', ');
  return `  l${level}: &l${level} [${items}]\n`;
}

function listItem(index) {
  const lines = smallObject(index).split('\n').slice(1, -1);
  return lines.map((line, at) => `${at === 0 ? '- ' : '  '}${line}\n`).join('');
}

function jsonObject(index) {
  const name = `service-${index}`;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: { app: name }, annotations: { note: 'n'.repeat(200) } },
    spec: {
      selector: { app: name },
      ports: [80, 81].map((port) => ({ name: `p${port}`, port, targetPort: 8000 + port })),
    },
  };
}

function configMap(name) {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n`;
}

function smallObject(index) {
  return `---
apiVersion: v1
kind: Service
metadata:
  name: service-${index}
  namespace: shop
  labels:
    app.kubernetes.io/name: service-${index}
    app.kubernetes.io/part-of: shop
spec:
  selector:
    app.kubernetes.io/name: service-${index}
  ports:
    - name: http
      port: 80
      targetPort: 8080
`;
}

/** About 60 KB: objects in objects, with long descriptions, as generators write them. */
function definitionOf(index) {
  const field = (depth, at, pad) => {
    const head = `${pad}field${at}:\n${pad}  description: |-\n${pad}    Field ${at} of an object that is ${depth} deep; what it says is told at some length here,\n${pad}    over more than one line.\n`;
    if (depth === 0) return `${head}${pad}  type: string\n`;
    const fields = [0, 1, 2, 3, 4].map((each) => field(depth - 1, each, `${pad}    `)).join('');
    return `${head}${pad}  type: object\n${pad}  properties:\n${fields}`;
  };
  return `---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things${index}.example.com
spec:
  group: example.com
  names:
    kind: Thing${index}
    plural: things${index}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
${[0, 1].map((at) => field(3, at, ' '.repeat(16))).join('')}`;
}
