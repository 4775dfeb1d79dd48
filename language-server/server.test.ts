import { afterEach, describe, expect, it } from 'vitest';
import { deployment, memoryFiles } from './language-server.case.ts';
import { type Connected, connectClient } from './server.case.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function connect(
  files: Readonly<Record<string, string>> = {},
  validation: object = { rules: { 'missing-key': 'off' } },
): Promise<Connected> {
  const connected = await connectClient({ files: memoryFiles(files), settings: { validation } });
  closers.push(connected.close);
  return connected;
}

const uri = 'file:///w/a.yaml';
const textDocument = { uri };

describe('server', () => {
  it('says what it can do', async () => {
    const { initialized } = await connect();
    expect(initialized).toMatchObject({
      capabilities: { hoverProvider: true, completionProvider: {}, codeLensProvider: {} },
    });
  });

  it('publishes diagnostics on opening, after changes, and none after closing', async () => {
    const { client, clock, open, diagnostics } = await connect();
    await open(uri, deployment.replace('selector:', 'selectr:'));
    expect(await diagnostics(uri, (found) => found.length > 0)).toEqual([
      'Unknown field "selectr" in spec; did you mean "selector"?',
    ]);
    await client.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: 2 },
      contentChanges: [
        {
          range: { start: { line: 5, character: 2 }, end: { line: 5, character: 9 } },
          text: 'selector',
        },
      ],
    });
    // The request makes sure that the change has arrived before time moves on.
    await client.sendRequest('textDocument/hover', {
      textDocument,
      position: { line: 0, character: 0 },
    });
    await clock.advance(1000);
    await diagnostics(uri, (found) => found.length === 0);
    await open('file:///w/b.yaml', 'apiVersion: v1\nkind: Pd\nmetadata: {name: a}\n');
    await diagnostics('file:///w/b.yaml', (found) => found.length === 1);
    await client.sendNotification('textDocument/didClose', {
      textDocument: { uri: 'file:///w/b.yaml' },
    });
    await diagnostics('file:///w/b.yaml', (found) => found.length === 0);
  });

  it('answers hover, completion, symbols, lenses and fixes', async () => {
    const { client, open, diagnostics } = await connect();
    await open(uri, deployment.replace('selector:', 'selectr:'));
    await diagnostics(uri, (found) => found.length > 0);
    const position = { line: 4, character: 1 };
    expect(
      await client.sendRequest('textDocument/hover', { textDocument, position }),
    ).toMatchObject({ contents: { kind: 'markdown' } });
    const line = { line: 8, character: 4 };
    expect(
      await client.sendRequest('textDocument/completion', { textDocument, position: line }),
    ).toEqual(expect.arrayContaining([expect.objectContaining({ label: 'replicas' })]));
    expect(await client.sendRequest('textDocument/codeLens', { textDocument })).toHaveLength(3);
    expect(await client.sendRequest('textDocument/documentSymbol', { textDocument })).toHaveLength(
      1,
    );
    const range = { start: { line: 5, character: 3 }, end: { line: 5, character: 3 } };
    expect(
      await client.sendRequest('textDocument/codeAction', {
        textDocument,
        range,
        context: { diagnostics: [] },
      }),
    ).toMatchObject([{ title: 'Change to "selector"' }, { title: 'Ignore unknown-field here' }]);
  });

  it('looks into files that are not open, and heeds the settings', async () => {
    const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n';
    const { client, open, diagnostics } = await connect({ '/w/config.yaml': config });
    const env = (name: string, key: string) =>
      deployment.replace(
        'image: web:1',
        `image: web:1\n          env: [{name: A, valueFrom: {configMapKeyRef: {name: ${name}, key: ${key}}}}]`,
      );
    await open(uri, env('setings', 'nope'));
    expect(await diagnostics(uri, (found) => found[0]?.includes('did you mean') === true)).toEqual([
      'No ConfigMap "setings" in this workspace; did you mean "settings"?',
    ]);
    await open('file:///w/b.yaml', env('settings', 'nope'));
    // The rule missing-key is turned off.
    await diagnostics('file:///w/b.yaml', (found) => found.length === 0);
    const definition = await client.sendRequest('textDocument/definition', {
      textDocument,
      position: { line: 0, character: 0 },
    });
    expect(definition).toEqual([]);
  });

  it('says nothing of documents that are no manifests', async () => {
    const { client, open } = await connect();
    await open(uri, 'version: 3\nservices:\n  web: {image: x}\n');
    expect(await client.sendRequest('textDocument/codeLens', { textDocument })).toEqual([]);
    const position = { line: 1, character: 2 };
    expect(await client.sendRequest('textDocument/hover', { textDocument, position })).toBeNull();
  });

  it('checks packs that are asked for, and says where a rule is explained', async () => {
    const { open, diagnostics, published } = await connect({}, { packs: ['best-practice'] });
    await open(uri, deployment.replace('web:1', 'web:latest'));
    await diagnostics(uri, (found) => found.some((message) => message.includes('latest')));
    const last = published.findLast((each) => each.uri === uri);
    expect(last?.diagnostics.find(({ code }) => code === 'latest-tag')).toMatchObject({
      severity: 2,
      codeDescription: { href: 'file:///docs/rules/latest-tag.md' },
    });
  });

  it('fixes on saving what leaves no doubt, and nothing else', async () => {
    const { client, open, diagnostics } = await connect();
    const text = `${deployment.replace('containerPort: 80', 'containerPort: "80"')}---\napiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: a}\n`;
    await open(uri, text.replace('selector:', 'selectr:'));
    await diagnostics(uri, (found) => found.length > 2);
    const start = { line: 0, character: 0 };
    const [action, ...others] = (await client.sendRequest('textDocument/codeAction', {
      textDocument,
      range: { start, end: { line: 30, character: 0 } },
      context: { diagnostics: [], only: ['source.fixAll'] },
    })) as { kind: string; edit: { changes: Record<string, { newText: string }[]> } }[];
    expect(others).toEqual([]);
    expect(action?.kind).toBe('source.fixAll.skiff');
    expect(action?.edit.changes[uri]?.map(({ newText }) => newText)).toEqual(['80', 'batch/v1']);
  });

  it('hears of the cluster and of what a dry run said', async () => {
    const { client, clock, open, diagnostics } = await connect();
    await open(uri, deployment);
    await client.sendNotification('skiff/clusterUpdate', {
      context: 'test',
      namespace: 'default',
      objects: [
        {
          group: 'apps',
          kind: 'Deployment',
          objects: [{ name: 'web', namespace: 'default', status: '1/1 ready' }],
        },
      ],
    });
    const lenses = await client.sendRequest('textDocument/codeLens', { textDocument });
    expect(lenses).toContainEqual(
      expect.objectContaining({
        command: expect.objectContaining({ title: '$(pulse) 1/1 ready' }),
      }),
    );
    await client.sendNotification('skiff/dryRun', {
      uri,
      context: 'test',
      refusals: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          name: 'web',
          message: 'refused',
          causes: [{ field: 'spec.selector', message: 'field is immutable' }],
        },
      ],
    });
    await diagnostics(uri, (found) => found[0] === 'test: spec.selector: field is immutable');
    await client.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: 2 },
      contentChanges: [{ text: `# another text\n${deployment}` }],
    });
    await client.sendRequest('textDocument/codeLens', { textDocument });
    await clock.advance(1000);
    await diagnostics(uri, (found) => found.length === 0);
  });

  it('answers the chain of objects and help while a quantity is typed', async () => {
    const { client, open, diagnostics } = await connect();
    const limits = 'image: web:1\n          resources: {limits: {cpu: 500m}}';
    await open(uri, deployment.replace('image: web:1', limits));
    await diagnostics(uri, () => true);
    const [item] = (await client.sendRequest('textDocument/prepareCallHierarchy', {
      textDocument,
      position: { line: 3, character: 9 },
    })) as object[];
    expect(item).toMatchObject({ name: 'Deployment web' });
    expect(await client.sendRequest('callHierarchy/outgoingCalls', { item })).toEqual([]);
    const line = 16;
    const help = await client.sendRequest('textDocument/signatureHelp', {
      textDocument,
      position: { line, character: '          resources: {limits: {cpu: 500m'.length },
    });
    expect(help).toMatchObject({ signatures: [{ label: 'cpu: quantity' }] });
  });
});
