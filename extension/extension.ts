/**
 * Where the editor starts the extension. `activate` builds the parts and registers the commands;
 * nothing is run, read or dialled before somebody opens the view, a manifest or a command.
 */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { Connections } from './clusters/connections.ts';
import { createStatusBar } from './clusters/status-bar.ts';
import { registerCommands } from './commands.ts';
import type { Skiff } from './context.ts';
import { Deployer } from './deploy/deployer.ts';
import { LiveDocuments } from './documents/live-documents.ts';
import { Explorer } from './explorer/tree.ts';
import { LanguageService } from './language-service.ts';
import { watchManifests } from './manifest-context.ts';
import { Panels } from './panels/panels.ts';
import { Forwards } from './terminals/forwards.ts';

/** What other extensions and the tests get. */
export interface SkiffApi {
  readonly state: () => string;
}

export function activate(extension: vscode.ExtensionContext): SkiffApi {
  const log = vscode.window.createOutputChannel('Skiff', { log: true });
  const connections = new Connections({
    storage: extension.workspaceState,
    log,
    program: join(extension.extensionPath, 'dist', 'skiff.js'),
  });
  const explorer = new Explorer(connections);
  const documents = new LiveDocuments(connections);
  const forwards = new Forwards(connections, log);
  const panels = new Panels({ extension, connections, documents, log });
  const language = new LanguageService(extension, log, connections);
  const deployer = new Deployer({
    connections,
    panels,
    log,
    onDryRun: (report) => language.tellDryRun(report),
  });
  const skiff: Skiff = {
    extension,
    log,
    connections,
    explorer,
    documents,
    forwards,
    panels,
    deployer,
    language,
  };
  extension.subscriptions.push(
    log,
    connections,
    explorer,
    documents,
    forwards,
    panels,
    language,
    createStatusBar(connections),
    watchManifests(),
    registerCommands(skiff),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      if (connections.state.state === 'untrusted') void connections.reconnect();
    }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (
        change.affectsConfiguration('skiff.cluster.name') ||
        change.affectsConfiguration('skiff.kubeconfig')
      ) {
        if (connections.state.state !== 'idle') void connections.reconnect();
      }
    }),
  );
  return { state: () => connections.state.state };
}
