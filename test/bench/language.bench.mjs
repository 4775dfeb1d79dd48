// The language server beside yaml-language-server with its usual all-kinds schema, on the same file
// in one run: 200 documents, 5,000 lines. Then ours with a workspace of 2,000 manifests.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createProtocolConnection } from 'vscode-languageserver/node';
import { allKindsSchema, manifestOf, manifestText } from './language.support.mjs';

const root = resolve(import.meta.dirname, '../..');
const servers = {
  skiff: ['dist/language-server.js', '--stdio'],
  'yaml-language-server': ['node_modules/yaml-language-server/bin/yaml-language-server', '--stdio'],
};
const documents = 200;
const manifests = 2000;
const keystrokes = 20;
const requests = 100;

export async function* bench() {
  const home = await mkdtemp(join(tmpdir(), 'skiff-bench-language-'));
  try {
    const schema = join(home, 'all.json');
    await writeFile(schema, JSON.stringify(allKindsSchema(join(root, 'dist/schemas'))));
    const results = {};
    for (const name of Object.keys(servers)) {
      results[name] = await measureFile(name, home, schema);
      yield { server: name, documents, ...results[name] };
    }
    yield {
      sooner: Number(
        (results['yaml-language-server'].diagnosticsMs / results.skiff.diagnosticsMs).toFixed(1),
      ),
    };
    yield { server: 'skiff', manifests, ...(await measureWorkspace(join(home, 'workspace'))) };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** One long file: opened, typed in, asked about. Times in milliseconds. */
async function measureFile(name, home, schema) {
  const client = await connect(name, [], {
    yaml: {
      schemas: { [pathToFileURL(schema).href]: '*.yaml' },
      schemaStore: { enable: false },
      kubernetesCRDStore: { enable: false },
      maxItemsComputed: 100_000,
    },
  });
  const uri = pathToFileURL(join(home, 'long.yaml')).href;
  const last = manifestOf(documents).replace('Seconds: 1', 'Seconds: soon');
  const text = manifestText(documents - 1) + last;
  const lines = text.split('\n');
  const opened = performance.now();
  client.open(uri, text);
  await client.diagnosticsOf(uri, 1);
  const diagnosticsMs = performance.now() - opened;
  // Until the mistake in the last document is found.
  await client.diagnosticsOf(uri, 1, lines.length - 26);
  const allDiagnosticsMs = performance.now() - opened;

  const typed = [];
  for (let version = 2; version < keystrokes + 2; version++) {
    // One letter more in a label of a document in the middle.
    const line = lines.findIndex((each, at) => at > lines.length / 2 && /^ {4}tier: /.test(each));
    const end = { line, character: lines[line].length };
    lines[line] += 'x';
    const begun = performance.now();
    client.change(uri, version, { range: { start: end, end }, text: 'x' });
    await client.diagnosticsOf(uri, version);
    typed.push(performance.now() - begun);
  }

  const places = [...lines.entries()].filter(([, line]) => /^ {2,}\w+: \w/.test(line));
  const some = (index) => places[Math.floor((index * places.length) / requests)];
  const timed = async (method, positionOf) => {
    const times = [];
    for (let index = 0; index < requests; index++) {
      const [line, written] = some(index);
      const params = { textDocument: { uri }, position: { line, character: positionOf(written) } };
      const begun = performance.now();
      await client.request(method, params);
      times.push(performance.now() - begun);
    }
    return times;
  };
  const hovers = await timed('textDocument/hover', (line) => line.search(/\w/) + 1);
  const completions = await timed('textDocument/completion', (line) => line.search(/\w/) + 2);
  const rssMb = client.rssMb();
  await client.stop();
  return {
    readyMs: round(client.readyMs),
    diagnosticsMs: round(diagnosticsMs),
    allDiagnosticsMs: round(allDiagnosticsMs),
    keystrokeP95Ms: p95(typed),
    hoverP95Ms: p95(hovers),
    completionP95Ms: p95(completions),
    rssMb,
  };
}

/** A folder of many files: how long until all are known, and how long nobody was answered. */
async function measureWorkspace(folder) {
  await mkdir(folder);
  for (let index = 0; index < manifests; index++) {
    await writeFile(join(folder, `${String(index).padStart(4, '0')}.yaml`), manifestOf(index));
  }
  await writeFile(join(folder, 'zz.yaml'), manifestOf(0, 'the-very-last'));
  const client = await connect('skiff', [folder], {});
  const begun = performance.now();
  let longestBlockMs = 0;
  for (;;) {
    const asked = performance.now();
    const found = await client.request('workspace/symbol', { query: 'the-very-last' });
    longestBlockMs = Math.max(longestBlockMs, performance.now() - asked);
    if (found.length > 0) break;
    await new Promise((done) => setTimeout(done, 2));
  }
  const indexMs = performance.now() - begun;
  const rssMb = client.rssMb();
  await client.stop();
  return { indexMs: round(indexMs), longestBlockMs: round(longestBlockMs), rssMb };
}

async function connect(name, folders, configuration) {
  const begun = performance.now();
  const child = spawn('node', servers[name], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = createProtocolConnection(child.stdout, child.stdin);
  const published = new Map();
  const waiting = new Set();
  connection.onNotification('textDocument/publishDiagnostics', ({ uri, version, diagnostics }) => {
    const lastLine = Math.max(-1, ...diagnostics.map(({ range }) => range.start.line));
    published.set(uri, { version, count: (published.get(uri)?.count ?? 0) + 1, lastLine });
    for (const look of waiting) look();
  });
  connection.onRequest('client/registerCapability', () => null);
  connection.onRequest('workspace/configuration', ({ items }) =>
    items.map(({ section }) => configuration[section] ?? null),
  );
  connection.listen();
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {
      workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true } },
      textDocument: { publishDiagnostics: { versionSupport: true } },
    },
    workspaceFolders: folders.map((path) => ({ uri: pathToFileURL(path).href, name: path })),
  });
  const readyMs = performance.now() - begun;
  await connection.sendNotification('initialized', {});
  await connection.sendNotification('workspace/didChangeConfiguration', {
    settings: configuration,
  });
  return {
    readyMs,
    open: (uri, text) =>
      connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri, languageId: 'yaml', version: 1, text },
      }),
    change: (uri, version, change) =>
      connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version },
        contentChanges: [change],
      }),
    request: (method, params) => connection.sendRequest(method, params),
    /** Of that version, or (where the server tells none) the n-th. */
    diagnosticsOf: (uri, version, fromLine = -1) =>
      new Promise((done) => {
        const look = () => {
          const last = published.get(uri);
          if ((last?.version ?? last?.count ?? 0) < version || last.lastLine < fromLine) return;
          waiting.delete(look);
          done();
        };
        waiting.add(look);
        look();
      }),
    rssMb: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    },
    async stop() {
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      connection.dispose();
    },
  };
}

function p95(times) {
  const sorted = [...times].sort((a, b) => a - b);
  return round(sorted[Math.floor(sorted.length * 0.95)] ?? 0);
}

function round(ms) {
  return Number(ms.toFixed(ms < 100 ? 1 : 0));
}
