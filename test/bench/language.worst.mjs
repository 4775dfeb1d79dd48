// Files that are rare but real, and some that are made to hurt; and what they do to the server: each is
// opened, asked about as editors do, typed in.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { connect } from './language.client.mjs';

const keystrokes = 10;

/**
 * One file: opened, typed in while it is still being read and afterwards, asked about. Times in
 * milliseconds; the longest wait is that of a request that costs nothing, all the while.
 * @param home an existing folder; nothing is written into it
 * @param command the server, with its arguments, where it is not the built one
 */
export async function measureCase(home, { text, languageId }, command) {
  const client = await connect('skiff', [], {}, command);
  const suffix = languageId === 'json' ? 'json' : 'yaml';
  const uri = pathToFileURL(join(home, `worst.${suffix}`)).href;
  const lines = text.split('\n');
  const line = lines.length - 1;
  const textDocument = { uri };
  const ask = (name, more = {}) =>
    client.request(`textDocument/${name}`, { textDocument, ...more });
  // What an editor asks of every file that it opens.
  const askAll = () =>
    ['documentSymbol', 'foldingRange', 'codeLens', 'documentLink'].map((name) => ask(name));

  const waits = { open: 0, typing: 0, completion: 0 };
  const opened = await waitingFor(client, waits, 'open', async () => {
    client.open(uri, text, languageId);
    await Promise.all([client.diagnosticsOf(uri, 1), ...askAll()]);
  });
  const end = { line, character: lines[line].length };
  const typed = [];
  for (let version = 2; version < keystrokes + 2; version++) {
    // A comment at the end; in JSON a space.
    const letter = suffix === 'json' ? ' ' : version === 2 ? '#' : 'x';
    typed.push(
      await waitingFor(client, waits, 'typing', async () => {
        client.change(uri, version, { range: { start: end, end }, text: letter });
        end.character += 1;
        await client.diagnosticsOf(uri, version);
      }),
    );
  }
  const position = { line: Math.floor(line / 2), character: 4 };
  const completionMs = await waitingFor(client, waits, 'completion', () =>
    ask('completion', { position }),
  );
  const cpuMs = client.cpuMs();
  const rssMb = client.rssMb();
  await client.stop();
  return {
    diagnosticsMs: round(opened),
    longestWaitMs: round(Math.max(...Object.values(waits))),
    waits: Object.fromEntries(Object.entries(waits).map(([name, ms]) => [name, round(ms)])),
    slowestKeyMs: round(Math.max(...typed)),
    completionMs: round(completionMs),
    cpuMs,
    rssMb,
  };
}

/** How long the work takes; meanwhile the longest wait for an answer goes into `waits[name]`. */
async function waitingFor(client, waits, name, work) {
  const begun = performance.now();
  let tookMs;
  const done = work().then(() => {
    tookMs = performance.now() - begun;
  });
  do {
    waits[name] = Math.max(waits[name], await client.pingMs());
    await new Promise((next) => setTimeout(next, 2));
  } while (tookMs === undefined);
  await done;
  return tookMs;
}

function round(ms) {
  return Number(ms.toFixed(ms < 100 ? 1 : 0));
}

/** Files that are rare but real, by what they are: `{ text, languageId }`. */
export function worstCases() {
  const scripts = many(10_000, (index) => `    line ${index} of a script\n`).join('');
  const keys = many(10_000, (at) => `  key-${at}: "${at}"\n`).join('');
  const list = `apiVersion: v1\nkind: List\nitems:\n${many(2000, listItem).join('')}`;
  const json = { apiVersion: 'v1', kind: 'List', items: many(4000, jsonObject) };
  return {
    '300 objects': yaml(many(300, smallObject).join('')),
    '2,000 documents': yaml(many(2000, smallMap).join('')),
    '20,000 documents': yaml(many(20_000, smallObject).join('')),
    '3,000 documents of one name': yaml(many(3000, () => smallObject(1)).join('')),
    '3,000 objects that refer to what is not there': yaml(many(3000, brokenReferences).join('')),
    'custom resource definitions, 3 MB': yaml(many(34, definitionOf).join('')),
    'one definition, 2 MB': yaml(definitionOf(0, 24)),
    'ConfigMap with 1 MB': yaml(
      `${configMap('big')}  data.txt: |\n${'    0123456789abcdef\n'.repeat(50_000)}`,
    ),
    'value of 10,000 lines': yaml(`${configMap('long')}  script.sh: |\n${scripts}`),
    'the same with CRLF': yaml(
      `${configMap('long')}  script.sh: |\n${scripts}`.replaceAll('\n', '\r\n'),
    ),
    'one line of 1 MB': yaml(`${configMap('line')}  data: "${'x'.repeat(1_000_000)}"\n`),
    'one line of 5 MB': yaml(`${configMap('line')}  data: ${'word '.repeat(1_000_000)}x\n`),
    '10,000 keys': yaml(`${configMap('keys')}${keys}`),
    'list of 2,000 objects': yaml(list),
    'JSON without spaces, 2 MB': { text: JSON.stringify(json), languageId: 'json' },
    'the same, indented': { text: JSON.stringify(json, undefined, 2), languageId: 'json' },
    'the same in a .yaml': yaml(JSON.stringify(json)),
    'fields within fields, 1,000 deep': yaml(
      `${configMap('deep')}${many(1000, (at) => `${' '.repeat(at + 2)}a:\n`).join('')}`,
    ),
    '10,000 anchors': yaml(
      `${configMap('anchors')}${many(10_000, (at) => `  k${at}: &a${at} v\n`).join('')}`,
    ),
    '10,000 aliases': yaml(
      `${configMap('aliases')}  k: &a v\n${many(10_000, (at) => `  k${at}: *a\n`).join('')}`,
    ),
    'aliases of aliases': yaml(`${configMap('bomb')}${many(12, bombLevel).join('')}`),
    '10,000 merges': yaml(
      `${configMap('m')}  k: &a {x: 1}\n${many(10_000, (at) => `  k${at}: {<<: *a, y: 2}\n`).join('')}`,
    ),
    '50,000 list items': yaml(
      `${podHead}    args:\n${many(50_000, (at) => `    - "--flag=${at}"\n`).join('')}`,
    ),
  };
}

/** Files that are broken, by what they are. */
export function brokenCases() {
  const keys = many(10_000, (at) => `  key-${at}: "${at}"\n`).join('');
  const list = `apiVersion: v1\nkind: List\nitems:\n${many(2000, listItem).join('')}`;
  const json = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: many(4000, jsonObject) });
  return {
    '2,000 objects in a list, a tab among them': yaml(
      list.replace('name: service-1000\n', 'name: service-1000\n\tx: 1\n'),
    ),
    '10,000 keys, a quote that is never closed': yaml(`${configMap('keys')}  a: "b\n${keys}`),
    'folded text of 1 MB after a broken line': yaml(
      `${configMap('big')}  ? [\n  data.txt: >\n${'    0123456789abcdef\n'.repeat(50_000)}`,
    ),
    'JSON of 2 MB without its end': { text: json.slice(0, -10), languageId: 'json' },
    '5,000 keys twice': yaml(
      `${configMap('twice')}${many(10_000, (at) => `  k${at % 5000}: v\n`).join('')}`,
    ),
    '20,000 unknown fields': yaml(
      `${podHead}${many(20_000, (at) => `    nothing${at}: 1\n`).join('')}`,
    ),
    '20,000 anchors that are not there': yaml(
      `${configMap('aliases')}${many(20_000, (at) => `  k${at}: *no${at}\n`).join('')}`,
    ),
    '1 MB of {': yaml(`${configMap('open')}${'{'.repeat(1_000_000)}\n`),
    '20,000 {': yaml(`${configMap('open')}  k: ${'{'.repeat(20_000)}\n`),
    '1 MB of -': yaml(`${configMap('dash')}${'- '.repeat(500_000)}\n`),
    '1 MB of :': yaml(`${configMap('colon')}${': '.repeat(500_000)}\n`),
    'lines of :': yaml(`${configMap('colon')}${'  :\n'.repeat(50_000)}`),
    'lines of ?': yaml(`${configMap('what')}${'  ? \n'.repeat(50_000)}`),
    '100 levels of flow, 200 times': yaml(
      `${configMap('flow')}${many(200, (at) => `  k${at}: ${'['.repeat(100)}x${']'.repeat(100)}\n`).join('')}`,
    ),
    'halves of surrogate pairs': yaml(
      `${configMap('half')}${many(20_000, (at) => `  k${at}: \ud800x\udc00\n`).join('')}`,
    ),
    '50,000 lines of tabs': yaml(`${configMap('tabs')}${'\tkey: value\n'.repeat(50_000)}`),
    '1 MB of comments': yaml(`${configMap('c')}  a: b\n${'  # comment\n'.repeat(90_000)}`),
    '20,000 documents that are empty': yaml(
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n${'---\n'.repeat(20_000)}`,
    ),
    'a directive, and 2,000 documents': yaml(`%YAML 1.2\n${many(2000, smallMap).join('')}`),
  };
}

const podHead = `apiVersion: v1
kind: Pod
metadata:
  name: many
spec:
  containers:
  - name: a
    image: a:1
`;

function yaml(text) {
  return { text, languageId: 'yaml' };
}

function smallMap(index) {
  return `---\n${configMap(`map-${index}`)}  key: "${index}"\n`;
}

/** A Pod that names what nobody has. */
function brokenReferences(index) {
  return `---
apiVersion: v1
kind: Pod
metadata:
  name: pod-${index}
spec:
  serviceAccountName: nobody-${index}
  containers:
  - name: a
    image: a:1
    envFrom:
    - configMapRef:
        name: none-${index}
    - secretRef:
        name: none-${index}
---
apiVersion: v1
kind: Service
metadata:
  name: service-${index}
spec:
  selector:
    app: gone-${index}
  ports:
  - port: 80
`;
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

/** Some 45 KB for each group: objects in objects, with long descriptions, as generators write them. */
function definitionOf(index, groups = 2) {
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
${many(groups, (at) => field(3, at, ' '.repeat(16))).join('')}`;
}
