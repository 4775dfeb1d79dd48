/** The one object that every part of the extension gets: what there is one of. */
import type * as vscode from 'vscode';
import type { Connections } from './clusters/connections.ts';
import type { Deployer } from './deploy/deployer.ts';
import type { LiveDocuments } from './documents/live-documents.ts';
import type { Explorer } from './explorer/tree.ts';
import type { LanguageService } from './language-service.ts';
import type { Panels } from './panels/panels.ts';
import type { Forwards } from './terminals/forwards.ts';

export interface Skiff {
  readonly extension: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly connections: Connections;
  readonly explorer: Explorer;
  readonly documents: LiveDocuments;
  readonly forwards: Forwards;
  readonly panels: Panels;
  readonly deployer: Deployer;
  readonly language: LanguageService;
}
