// The language server beside yaml-language-server with its usual all-kinds schema, on the same file
// in one run: 200 documents, 5,000 lines. Then ours with a workspace of 2,000 manifests, and with the
// worst files that people have.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { connect, names, root } from './language.client.mjs';
import { allKindsSchema, manifestOf, manifestText } from './language.support.mjs';
import { brokenCases, measureCase, worstCases } from './language.worst.mjs';

const documents = 200;
const manifests = 2000;
const keystrokes = 20;
const requests = 100;
const edits = 500;
const opened = 200;

export async function* bench() {
  const home = await mkdtemp(join(tmpdir(), 'skiff-bench-language-'));
  try {
    const schema = join(home, 'all.json');
    await writeFile(schema, JSON.stringify(allKindsSchema(join(root, 'dist/schemas'))));
    const results = {};
    for (const name of names) {
      results[name] = await measureFile(name, home, schema);
      yield { server: name, documents, ...results[name] };
    }
    yield {
      sooner: Number(
        (results['yaml-language-server'].diagnosticsMs / results.skiff.diagnosticsMs).toFixed(1),
      ),
    };
    yield { server: 'skiff', manifests, ...(await measureWorkspace(join(home, 'workspace'))) };
    yield { server: 'skiff', edits, opened, ...(await measureLongSession(home)) };
    for (const [name, file] of Object.entries({ ...worstCases(), ...brokenCases() })) {
      const kilobytes = Math.round(file.text.length / 1024);
      yield { server: 'skiff', case: name, kilobytes, ...(await measureCase(home, file)) };
    }
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
  const startCpuMs = client.cpuMs();
  const opened = performance.now();
  client.open(uri, text);
  await client.diagnosticsOf(uri, 1);
  const diagnosticsMs = performance.now() - opened;
  // Until the mistake in the last document is found.
  await client.diagnosticsOf(uri, 1, lines.length - 26);
  const allDiagnosticsMs = performance.now() - opened;
  const openCpuMs = client.cpuMs() - startCpuMs;

  const typed = [];
  const typedCpu = client.cpuMs();
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
  const keystrokeCpuMs = (client.cpuMs() - typedCpu) / keystrokes;

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
    readyCpuMs: startCpuMs,
    diagnosticsMs: round(diagnosticsMs),
    allDiagnosticsMs: round(allDiagnosticsMs),
    openCpuMs,
    keystrokeP95Ms: p95(typed),
    keystrokeCpuMs: round(keystrokeCpuMs),
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
  const query = 'the-very-last';
  await writeFile(join(folder, 'zz.yaml'), manifestOf(0, query));
  const client = await connect('skiff', [folder], {});
  const begun = performance.now();
  let longestBlockMs = 0;
  for (let turn = 0; ; turn++) {
    longestBlockMs = Math.max(longestBlockMs, await client.pingMs());
    // To search all that is known so far is work, too, so it is not asked at every turn.
    if (turn % 10 === 0 && (await client.request('workspace/symbol', { query })).length > 0) break;
    await new Promise((done) => setTimeout(done, 2));
  }
  const indexMs = performance.now() - begun;
  const rssMb = client.rssMb();
  const cpuMs = client.cpuMs();
  await client.stop();
  return { indexMs: round(indexMs), cpuMs, longestBlockMs: round(longestBlockMs), rssMb };
}

/** What stays in memory when one file is typed in and others are looked at; in megabytes, as it grows. */
async function measureLongSession(home) {
  const client = await connect('skiff', [], {});
  const uri = pathToFileURL(join(home, 'typed.yaml')).href;
  const text = manifestText(40);
  const line = text.split('\n').findIndex((each, at) => at > 300 && /^ {4}tier: /.test(each));
  const character = text.split('\n')[line].length;
  client.open(uri, text);
  await client.diagnosticsOf(uri, 1);
  const typedMb = [];
  for (let version = 2; version < edits + 2; version++) {
    // A letter comes, and goes.
    const isThere = version % 2 === 1;
    const range = { start: { line, character }, end: { line, character: character + isThere } };
    client.change(uri, version, { range, text: isThere ? '' : 'x' });
    await client.diagnosticsOf(uri, version);
    if ((version - 1) % (edits / 5) === 0) typedMb.push(client.rssMb());
  }
  const openedMb = [];
  for (let index = 0; index < opened; index++) {
    const other = pathToFileURL(join(home, `looked-at-${index}.yaml`)).href;
    client.open(other, manifestText(10).replaceAll('app-', `other-${index}-`));
    await client.diagnosticsOf(other, 1);
    client.close(other);
    if ((index + 1) % (opened / 4) === 0) openedMb.push(client.rssMb());
  }
  await client.stop();
  return { typedMb, openedMb };
}

function p95(times) {
  const sorted = [...times].sort((a, b) => a - b);
  return round(sorted[Math.floor(sorted.length * 0.95)] ?? 0);
}

function round(ms) {
  return Number(ms.toFixed(ms < 100 ? 1 : 0));
}
