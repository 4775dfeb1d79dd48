// A client of a language server over its standard streams, for measuring from outside.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createProtocolConnection } from 'vscode-languageserver/node';

export const root = resolve(import.meta.dirname, '../..');
const servers = {
  skiff: ['dist/language-server.js', '--stdio'],
  'yaml-language-server': ['node_modules/yaml-language-server/bin/yaml-language-server', '--stdio'],
};
export const names = Object.keys(servers);
/** Of /proc/PID/stat, in all Linux kernels that Node runs on. */
const msPerTick = 10;

/** Starts the server of that name and introduces itself; `configuration` is by section. */
export async function connect(name, folders, configuration, command = servers[name]) {
  const begun = performance.now();
  const child = spawn('node', command, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
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
    open: (uri, text, languageId = 'yaml') =>
      connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri, languageId, version: 1, text },
      }),
    close: (uri) => connection.sendNotification('textDocument/didClose', { textDocument: { uri } }),
    change: (uri, version, change) =>
      connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version },
        contentChanges: [change],
      }),
    request: (method, params) => connection.sendRequest(method, params),
    /** How long an answer takes that costs nothing: a hover in a file that is not open. */
    async pingMs() {
      const asked = performance.now();
      const textDocument = { uri: 'file:///none.yaml' };
      const position = { line: 0, character: 0 };
      await connection.sendRequest('textDocument/hover', { textDocument, position });
      return performance.now() - asked;
    },
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
    /** Processor time of all its threads so far, in steps of 10 ms. */
    cpuMs: () => {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
      return (Number(fields[11]) + Number(fields[12])) * msPerTick;
    },
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
