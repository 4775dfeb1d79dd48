/** Requests that are given up, and answers that come in pieces, seen from the client. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Location, SymbolInformation } from 'vscode-languageserver';
import { CancellationTokenSource, ProgressType } from 'vscode-languageserver/node';
import { deployment, memoryFiles } from './language-server.case.ts';
import { type Connected, connectClient } from './server.case.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function connect(files: Readonly<Record<string, string>> = {}): Promise<Connected> {
  const connected = await connectClient({ files: memoryFiles(files) });
  closers.push(connected.close);
  return connected;
}

const uri = 'file:///w/a.yaml';
const textDocument = { uri };
const lines = (count: number, line: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => line(at)).join('');
const pods = lines(
  3000,
  (at) => `- apiVersion: v1\n  kind: Pod\n  metadata: {name: p${at}}\n  spec: {nodeName: n${at}}\n`,
);
/** One object, so that nothing of it is known before all of it has been read. */
const long = `apiVersion: v1\nkind: List\nitems:\n${pods}`;
const position = { line: 3, character: 5 };

/** The code of the error that the request ends with; undefined if it is answered. */
const codeOf = (answer: Promise<unknown>): Promise<number | undefined> =>
  answer.then(
    () => undefined,
    (error: { code: number }) => error.code,
  );

describe('a request', () => {
  it.each([
    ['textDocument/documentSymbol', { textDocument }],
    ['textDocument/hover', { textDocument, position }],
    ['textDocument/foldingRange', { textDocument }],
    ['textDocument/completion', { textDocument, position: { line: 4, character: 2 } }],
    [
      'textDocument/codeAction',
      { textDocument, range: { start: position, end: position }, context: { diagnostics: [] } },
    ],
  ])('%s that is cancelled ends at once', async (method, params) => {
    const { client, open } = await connect();
    await open(uri, long);
    const source = new CancellationTokenSource();
    const answer = client.sendRequest(method, params, source.token);
    source.cancel();
    expect(await codeOf(answer)).toBe(-32800);
  });

  it('about a text that has changed since is not answered', async () => {
    const { client, open } = await connect();
    await open(uri, long);
    const answer = client.sendRequest('textDocument/documentSymbol', { textDocument });
    await client.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: 2 },
      contentChanges: [{ text: deployment }],
    });
    expect(await codeOf(answer)).toBe(-32801);
    const symbols = await client.sendRequest('textDocument/documentSymbol', { textDocument });
    expect(symbols).toMatchObject([{ name: 'Deployment web' }]);
  });

  it('is answered while a long file is being read', async () => {
    const { client, open, published } = await connect();
    await open(uri, long);
    await open('file:///w/b.yaml', deployment);
    const hover = await client.sendRequest('textDocument/hover', {
      textDocument: { uri: 'file:///w/b.yaml' },
      position: { line: 4, character: 1 },
    });
    expect(hover).toMatchObject({ contents: { kind: 'markdown' } });
    expect(published.filter((each) => each.uri === uri)).toEqual([]);
  });
});

describe('diagnostics', () => {
  it('of a text that has changed since are not shown', async () => {
    const { client, clock, open, diagnostics, published } = await connect();
    await open(uri, long.replace('nodeName: n2999', 'nodeNam: n2999'));
    await client.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: 2 },
      contentChanges: [{ text: deployment.replace('selector:', 'selectr:') }],
    });
    await client.sendRequest('textDocument/hover', { textDocument, position });
    await clock.advance(1000);
    await diagnostics(uri, (found) => found.length > 0);
    expect(published.map(({ version }) => version)).toEqual([2]);
  });
});

describe('a long answer', () => {
  const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n';
  const files: Record<string, string> = { '/w/config.yaml': config };
  for (let at = 0; at < 120; at++) {
    files[`/w/${at}.yaml`] = deployment
      .replace('name: web', `name: web-${at}`)
      .replace(
        'image: web:1',
        'image: web:1\n          envFrom: [{configMapRef: {name: settings}}]',
      );
  }
  const known = async ({ client }: Connected) => {
    const query = 'configmap settings';
    while ((await client.sendRequest<unknown[]>('workspace/symbol', { query })).length === 0);
  };

  it('comes in pieces where the client can take them', async () => {
    const connected = await connect(files);
    const { client, open } = connected;
    await known(connected);
    const pieces: SymbolInformation[][] = [];
    client.onProgress(new ProgressType<SymbolInformation[]>(), 'some', (piece) => {
      pieces.push(piece);
    });
    const rest = await client.sendRequest('workspace/symbol', {
      query: 'deployment',
      partialResultToken: 'some',
    });
    expect(rest).toEqual([]);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.flat()).toHaveLength(120);
    await open('file:///w/config.yaml', config);
    const places: Location[][] = [];
    client.onProgress(new ProgressType<Location[]>(), 'places', (piece) => {
      places.push(piece);
    });
    const asked = {
      textDocument: { uri: 'file:///w/config.yaml' },
      position: { line: 2, character: 20 },
      context: { includeDeclaration: true },
    };
    const others = await client.sendRequest('textDocument/references', {
      ...asked,
      partialResultToken: 'places',
    });
    expect(others).toEqual([]);
    expect(places.length).toBeGreaterThan(1);
    const whole = await client.sendRequest<Location[]>('textDocument/references', asked);
    const texts = (found: Location[]) => found.map((each) => JSON.stringify(each)).sort();
    expect(texts(places.flat())).toEqual(texts(whole));
    expect(whole).toHaveLength(121);
  });
});
