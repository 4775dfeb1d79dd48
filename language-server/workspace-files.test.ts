/** What happens to the files of a workspace, seen from the client. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { FileChangeType, type SymbolInformation } from 'vscode-languageserver';
import { diskFiles, type Files } from './files.ts';
import { deployment, memoryFiles } from './language-server.case.ts';
import { type ClientOptions, type Connected, connectClient } from './server.case.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function connect(options: ClientOptions): Promise<Connected> {
  const connected = await connectClient(options);
  closers.push(connected.close);
  return connected;
}

const configMap = (name: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: b}\n`;
const using = (name: string) =>
  deployment.replace(
    'image: web:1',
    `image: web:1\n          envFrom: [{configMapRef: {name: ${name}}}]`,
  );
const uri = 'file:///w/web.yaml';
const missing = 'No ConfigMap "settings" in this workspace';
const isMissing = (found: string[]) => found.includes(missing);
const isFound = (found: string[]) => found.length === 0;

const tell = ({ client }: Connected, changes: [uri: string, type: FileChangeType][]) =>
  client.sendNotification('workspace/didChangeWatchedFiles', {
    changes: changes.map(([each, type]) => ({ uri: each, type })),
  });

describe('files of the workspace', () => {
  it('are read again when thousands change at once', async () => {
    const texts: Record<string, string> = {};
    for (let at = 0; at < 3000; at++) texts[`/w/many/${at}.yaml`] = configMap(`old-${at}`);
    const connected = await connect({ files: memoryFiles(texts) });
    const { open, diagnostics, client } = connected;
    await open(uri, using('settings'));
    await diagnostics(uri, isMissing);
    const named = async (query: string) =>
      (await client.sendRequest<SymbolInformation[]>('workspace/symbol', { query })).length;
    while ((await named('old-2999')) === 0);
    for (let at = 0; at < 3000; at++) texts[`/w/many/${at}.yaml`] = configMap(`new-${at}`);
    texts['/w/many/1500.yaml'] = configMap('settings');
    await tell(
      connected,
      Object.keys(texts).map((path) => [`file://${path}`, FileChangeType.Changed]),
    );
    await diagnostics(uri, isFound);
    expect(await named('old-1')).toBe(0);
    expect(await named('new-2999')).toBe(1);
  });

  it('are forgotten with the folder that they were in, but for those that are open', async () => {
    const connected = await connect({
      files: memoryFiles({ '/w/sub/deep/settings.yaml': configMap('settings') }),
    });
    const { open, diagnostics } = connected;
    await open(uri, using('settings'));
    await diagnostics(uri, isFound);
    await open('file:///w/sub/other.yaml', configMap('other'));
    await tell(connected, [['file:///w/sub', FileChangeType.Deleted]]);
    await diagnostics(uri, isMissing);
    await open('file:///w/b.yaml', using('other'));
    await diagnostics('file:///w/b.yaml', isFound);
  });

  it('are found under their new name', async () => {
    const texts: Record<string, string> = { '/w/a.yaml': configMap('other') };
    const connected = await connect({ files: memoryFiles(texts) });
    const { open, diagnostics } = connected;
    await open(uri, using('settings'));
    await diagnostics(uri, isMissing);
    texts['/w/b.yaml'] = configMap('settings');
    await tell(connected, [
      ['file:///w/a.yaml', FileChangeType.Deleted],
      ['file:///w/b.yaml', FileChangeType.Created],
    ]);
    await diagnostics(uri, isFound);
  });

  it('do not count in folders of tools, when they change neither', async () => {
    const inTools = { '/w/node_modules/a/b.yaml': configMap('settings') };
    const connected = await connect({ files: memoryFiles(inTools), folders: ['file:///w/'] });
    const { open, client } = connected;
    // The folder itself is of no use here: `memoryFiles` finds whatever it has.
    await tell(connected, [['file:///w/node_modules/a', FileChangeType.Deleted]]);
    await tell(connected, [['file:///w/node_modules/a/b.yaml', FileChangeType.Created]]);
    await open(uri, using('settings'));
    await connected.diagnostics(uri, isMissing);
    expect(await client.sendRequest('workspace/symbol', { query: 'settings' })).toEqual([]);
  });

  it('come and go with the folders of the workspace', async () => {
    const connected = await connect({
      files: memoryFiles({ '/other/settings.yaml': configMap('settings') }),
    });
    const { open, diagnostics, client } = connected;
    await open(uri, using('settings'));
    await diagnostics(uri, isMissing);
    const folder = { uri: 'file:///other', name: 'other' };
    const change = (added: object[], removed: object[]) =>
      client.sendNotification('workspace/didChangeWorkspaceFolders', { event: { added, removed } });
    await change([folder], []);
    await diagnostics(uri, isFound);
    await change([], [folder]);
    await diagnostics(uri, isMissing);
  });

  it('on a disk: no loops, no binaries, nothing too large, no tools', async () => {
    const home = await mkdtemp(join(tmpdir(), 'skiff-files-'));
    closers.push(() => void rm(home, { recursive: true, force: true }));
    await mkdir(join(home, 'a/b'), { recursive: true });
    await mkdir(join(home, 'node_modules/c'), { recursive: true });
    await symlink(home, join(home, 'a/b/loop'));
    await symlink(join(home, 'nowhere.yaml'), join(home, 'broken.yaml'));
    await writeFile(join(home, 'a/b/good.yaml'), configMap('good'));
    await writeFile(join(home, 'binary.yaml'), Buffer.from([0, 255, 254, 1, 0x61, 0]));
    await writeFile(join(home, 'large.yaml'), `${configMap('large')}#${'x'.repeat(5_000_000)}\n`);
    await writeFile(join(home, 'node_modules/c/tool.yaml'), configMap('tool'));
    await writeFile(join(home, 'package-lock.json'), '{"name": "x", "lockfileVersion": 3}');
    const folder = pathToFileURL(home).href;
    const logged: string[] = [];
    const { client, open, diagnostics } = await connect({
      files: diskFiles,
      // One that is gone keeps nobody from reading the others.
      folders: [`${folder}/gone`, folder],
      prepare: (each) => {
        each.onNotification('window/logMessage', ({ message }: { message: string }) => {
          logged.push(message);
        });
      },
    });
    await open(uri, using('good'));
    await diagnostics(uri, isFound);
    const names = await client.sendRequest<SymbolInformation[]>('workspace/symbol', { query: '' });
    expect(names.map(({ name }) => name).sort()).toEqual(['ConfigMap good', 'Deployment web']);
    expect(logged).toEqual([expect.stringMatching(/large\.yaml is too large or cannot be read/)]);
  });
});

/** A folder on the disk with these files, removed at the end. */
async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'skiff-files-'));
  closers.push(() => void rm(home, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), text);
  }
  return home;
}

/** Names of all objects that are known, once `last` is. */
async function known({ client }: Connected, last: string): Promise<string[]> {
  for (;;) {
    const found = await client.sendRequest<SymbolInformation[]>('workspace/symbol', { query: '' });
    const names = found.map(({ name }) => name.replace('ConfigMap ', '')).sort();
    if (names.includes(last)) return names;
  }
}

describe('what people hide', () => {
  const files = {
    '.gitignore': '# what is made\nbuild/\n/only-here\n*.secret.yaml\n!/keep/build\n',
    'build/made.yaml': configMap('made'),
    'a/build/made.yaml': configMap('made-below'),
    'only-here/a.yaml': configMap('only-here'),
    'a/only-here/a.yaml': configMap('not-only-here'),
    'keep/build/a.yaml': configMap('kept'),
    'login.secret.yaml': configMap('secret'),
    'sub/.gitignore': 'deep/er\n',
    'sub/deep/er/a.yaml': configMap('deeper'),
    'sub/deep/a.yaml': configMap('deep'),
    'hidden/a.yaml': configMap('hidden'),
    'a/hidden/a.yaml': configMap('hidden-below'),
    'z.yaml': configMap('z'),
  };

  it('is not looked into, but for single files that git ignores', async () => {
    const folder = pathToFileURL(await folderOf(files)).href;
    const connected = await connect({
      files: diskFiles,
      folders: [folder],
      editorSettings: { 'files.exclude': { hidden: true, '**/z': false } },
    });
    const found = ['deep', 'hidden-below', 'kept', 'not-only-here', 'secret', 'z'];
    expect(await known(connected, 'z')).toEqual(found);
    // What changes in there is not looked at either.
    await tell(connected, [[`${folder}/hidden/a.yaml`, FileChangeType.Changed]]);
    await connected.open(uri, using('hidden'));
    await connected.diagnostics(uri, (messages) =>
      messages.includes('No ConfigMap "hidden" in this workspace'),
    );
  });

  it('is looked into once it is no longer hidden', async () => {
    const folder = pathToFileURL(await folderOf(files)).href;
    const editorSettings: Record<string, unknown> = { 'search.exclude': { '**/hidden': true } };
    const connected = await connect({ files: diskFiles, folders: [folder], editorSettings });
    expect(await known(connected, 'z')).not.toContain('hidden');
    editorSettings['search.exclude'] = { '**/deep': true };
    editorSettings['search.useIgnoreFiles'] = false;
    await connected.client.sendNotification('workspace/didChangeConfiguration', { settings: null });
    await known(connected, 'only-here');
    const names = await known(connected, 'hidden');
    await connected.open(uri, using('deep'));
    await connected.diagnostics(uri, (messages) =>
      messages.includes('No ConfigMap "deep" in this workspace'),
    );
    expect(names).toContain('hidden');
  });

  it('is a help against more files than are read, of which people are told once', async () => {
    const folder = pathToFileURL(await folderOf(files)).href;
    const told: string[] = [];
    const connected = await connect({
      files: diskFiles,
      folders: [folder],
      editorSettings: { 'skiff.workspace.maxFiles': 2 },
      prepare: (client) => {
        client.onNotification('window/showMessage', ({ message }: { message: string }) => {
          told.push(message);
        });
      },
    });
    expect(await known(connected, 'hidden-below')).toHaveLength(2);
    await connected.client.sendNotification('workspace/didChangeWorkspaceFolders', {
      event: { added: [{ uri: `${folder}/sub`, name: 'sub' }], removed: [] },
    });
    await known(connected, 'deep');
    expect(told).toEqual([expect.stringContaining('skiff.workspace.maxFiles')]);
  });
});

describe('the session', () => {
  it('tells of reading that takes long', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let asked = () => {};
    const reading = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const memory = memoryFiles({ '/w/a.yaml': configMap('settings') });
    const files: Files = {
      ...memory,
      read: async (path) => {
        asked();
        await held;
        return memory.read(path);
      },
    };
    const told: string[] = [];
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const { clock } = await connect({
      files,
      prepare: (client) => {
        client.onRequest('window/workDoneProgress/create', () => {
          told.push('create');
          return null;
        });
        client.onNotification('$/progress', ({ value }: { value: { kind: string } }) => {
          told.push(value.kind);
          if (value.kind === 'begin') release();
          if (value.kind === 'end') end();
        });
      },
    });
    await reading;
    await clock.advance(1100);
    await ended;
    expect(told).toEqual(['create', 'begin', 'report', 'end']);
  });

  it('heeds settings that change', async () => {
    const settings: { validation?: object } = {};
    const { client, open, diagnostics } = await connect({ files: memoryFiles({}), settings });
    await open(uri, deployment.replace('selector:', 'selectr:'));
    await diagnostics(uri, (found) => found.length > 0);
    settings.validation = { rules: { 'unknown-field': 'off', 'missing-field': 'off' } };
    await client.sendNotification('workspace/didChangeConfiguration', { settings: null });
    await diagnostics(uri, isFound);
    settings.validation = {};
    await client.sendNotification('workspace/didChangeConfiguration', { settings: null });
    await diagnostics(uri, (found) => found.length > 0);
  });

  it('says the same again after it has been started anew', async () => {
    const text = deployment.replace('selector:', 'selectr:');
    const files = memoryFiles({});
    const first = await connect({ files });
    await first.open(uri, text);
    const before = await first.diagnostics(uri, (found) => found.length > 0);
    first.close();
    const second = await connect({ files });
    await second.open(uri, text);
    expect(await second.diagnostics(uri, (found) => found.length > 0)).toEqual(before);
  });
});
