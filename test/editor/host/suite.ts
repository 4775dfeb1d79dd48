/**
 * Tests that run inside the extension host, next to the extension. Bundled to one file whose
 * `run()` the editor calls; both harnesses (the server's page, @vscode/test-electron) use it.
 */
import assert from 'node:assert/strict';
import Mocha from 'mocha';
import * as vscode from 'vscode';
import { commandIds } from '../../../extension/ids.ts';

const extensionId = 'skiff.skiff';

function declare(): void {
  test('is found, activates, and registers every command', async () => {
    const extension = vscode.extensions.getExtension<{ state(): string }>(extensionId);
    assert.ok(extension, `${extensionId} is not installed`);
    const api = await extension.activate();
    assert.equal(typeof api.state(), 'string');
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      commandIds.filter((id) => !registered.has(id)),
      [],
    );
  });

  test('underlines an unknown field of a manifest that is being written', async () => {
    const content = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndatas:\n  key: value\n';
    const document = await vscode.workspace.openTextDocument({ language: 'yaml', content });
    await vscode.window.showTextDocument(document);
    const [problem] = await diagnosticsOf(document.uri);
    assert.match(problem?.message ?? '', /datas/);
    assert.equal(problem?.range.start.line, 4);
  });

  test('leaves other YAML alone', async () => {
    const content = 'services:\n  web:\n    image: nginx\n';
    const document = await vscode.workspace.openTextDocument({ language: 'yaml', content });
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
    );
    assert.deepEqual(lenses, []);
  });

  test('refuses to open a live object of a context that is not connected', async () => {
    const uri = vscode.Uri.parse('skiff:/elsewhere/default/_~v1~pods/web.yaml');
    await assert.rejects(async () => vscode.workspace.fs.readFile(uri), /elsewhere/);
  });
}

/** Waits for the first report about a document. */
function diagnosticsOf(uri: vscode.Uri): Promise<vscode.Diagnostic[]> {
  return new Promise((resolve) => {
    const look = () => {
      const found = vscode.languages.getDiagnostics(uri);
      if (found.length === 0) return;
      subscription.dispose();
      resolve(found);
    };
    const subscription = vscode.languages.onDidChangeDiagnostics(look);
    look();
  });
}

/** What the editor calls; a rejection is a failed run. */
export function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'tdd', timeout: 30_000, color: false });
  mocha.suite.emit('pre-require', globalThis, 'suite.ts', mocha);
  declare();
  return new Promise((resolve, reject) => {
    mocha.run((failures) =>
      failures === 0 ? resolve() : reject(new Error(`${failures} tests failed`)),
    );
  });
}
