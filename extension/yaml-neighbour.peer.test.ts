/**
 * Beside the real yaml-language-server, which is what Red Hat's extension runs; the client here does
 * what that extension does with what is registered through its API.
 * https://github.com/redhat-developer/vscode-yaml/blob/main/src/schema-extension-api.ts
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createProtocolConnection, type ProtocolConnection } from 'vscode-languageserver/node';
import { looksLikeManifest } from './deploy/manifest-text.ts';
import { claimManifests } from './yaml-neighbour.ts';

const program = resolve(
  import.meta.dirname,
  '../node_modules/yaml-language-server/bin/yaml-language-server',
);
const running: { child: ChildProcess; client: ProtocolConnection }[] = [];
afterEach(() => {
  for (const { child, client } of running.splice(0)) {
    client.dispose();
    child.kill();
  }
});

interface Contributor {
  schema(resource: string): string | undefined;
  content(uri: string): string;
}

const texts: Record<string, string> = {
  'file:///w/web.yaml':
    'apiVersion: v1\nkind: Service\nmetadata:\n  nam: web\nspec:\n  ports: none\n',
  'file:///w/broken.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: web\n',
  'file:///w/other.yaml': 'version: 3\nname: 5\n',
};
/** What a person has told the other extension to hold every YAML file against. */
const schema = {
  type: 'object',
  properties: { name: { type: 'string', description: 'A name.' }, replicas: {} },
  additionalProperties: false,
};

async function yamlServer(contributor: Contributor | undefined) {
  const child = spawn('node', [program, '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const client = createProtocolConnection(child.stdout, child.stdin);
  running.push({ child, client });
  const told = new Map<string, string[]>();
  const waiting = new Set<() => void>();
  client.onNotification(
    'textDocument/publishDiagnostics',
    (params: { uri: string; diagnostics: { message: string }[] }) => {
      told.set(
        params.uri,
        params.diagnostics.map(({ message }) => message),
      );
      for (const look of waiting) look();
    },
  );
  client.onRequest('client/registerCapability', () => null);
  client.onRequest('workspace/configuration', ({ items }: { items: { section: string }[] }) =>
    items.map(({ section }) =>
      section === 'yaml'
        ? { schemas: { 'skiff-test://all': '*.yaml' }, schemaStore: { enable: false } }
        : null,
    ),
  );
  client.onRequest('custom/schema/request', (resource: string) =>
    [contributor?.schema(resource)].filter((uri) => uri !== undefined),
  );
  client.onRequest('custom/schema/content', (uri: string) =>
    uri.startsWith('skiff-test:') ? JSON.stringify(schema) : (contributor?.content(uri) ?? null),
  );
  client.listen();
  await client.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: { workspace: { configuration: true } },
  });
  await client.sendNotification('initialized', {});
  await client.sendNotification('yaml/registerCustomSchemaRequest', {});
  for (const [uri, text] of Object.entries(texts)) {
    const textDocument = { uri, languageId: 'yaml', version: 1, text };
    await client.sendNotification('textDocument/didOpen', { textDocument });
  }
  await client.sendNotification('workspace/didChangeConfiguration', { settings: null });
  const messages = (uri: string) =>
    new Promise<string[]>((done) => {
      const look = () => {
        const found = told.get(uri);
        if (found === undefined) return;
        waiting.delete(look);
        done(found);
      };
      waiting.add(look);
      look();
    });
  return { client, messages };
}

function contributor(): Contributor {
  let found: Contributor | undefined;
  const api = {
    registerContributor(
      _: string,
      schemaOf: Contributor['schema'],
      content: (u: string) => string,
    ) {
      found = { schema: schemaOf, content };
      return true;
    },
  };
  claimManifests(api, (uri) => looksLikeManifest(texts[uri] ?? ''));
  if (found === undefined) throw new Error('nothing was registered');
  return found;
}

const web = { uri: 'file:///w/web.yaml' };

describe('yaml-language-server', () => {
  it('finds, completes and explains nothing in manifests once they are claimed', async () => {
    const { client, messages } = await yamlServer(contributor());
    expect(await messages('file:///w/other.yaml')).not.toEqual([]);
    expect(await messages(web.uri)).toEqual([]);
    const completion = await client.sendRequest('textDocument/completion', {
      textDocument: web,
      position: { line: 6, character: 0 },
    });
    expect(completion).toMatchObject({ items: [] });
    for (const line of [1, 3]) {
      const hover = await client.sendRequest<{ contents: { value: string } } | null>(
        'textDocument/hover',
        { textDocument: web, position: { line, character: line } },
      );
      // The editor shows nothing for an empty text.
      expect(hover?.contents.value ?? '').toBe('');
    }
  });

  it('would tell of manifests, too, if they were not claimed', async () => {
    const { messages } = await yamlServer(undefined);
    expect(await messages(web.uri)).not.toEqual([]);
  });

  it('still tells of broken YAML, which ours then does not', async () => {
    const { messages } = await yamlServer(contributor());
    expect(await messages('file:///w/broken.yaml')).not.toEqual([]);
  });
});
