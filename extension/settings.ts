/** The settings, read when they are needed and never kept. */
import * as vscode from 'vscode';
import type { SettingId } from './ids.ts';

function read<T>(id: SettingId, fallback: T, scope?: vscode.ConfigurationScope): T {
  return vscode.workspace.getConfiguration(undefined, scope).get<T>(id) ?? fallback;
}

export const settings = {
  clusterName: () => read('skiff.cluster.name', 'local'),
  nodes: () => read('skiff.cluster.nodes', 1),
  engine: () => read<'docker' | 'simulated'>('skiff.cluster.engine', 'docker'),
  baseImage: () => read('skiff.build.baseImage', ''),
  deployNamespace: (scope?: vscode.Uri) => read('skiff.deploy.namespace', '', scope),
  confirm: () => read<'always' | 'others' | 'never'>('skiff.deploy.confirm', 'others'),
  kubeconfig: () => read('skiff.kubeconfig', ''),
  nodePath: () => read('skiff.nodePath', ''),
  languageServer: () => read('skiff.languageServer.enabled', true),
  maxLogLines: () => read('skiff.logs.maxLines', 10_000),
};
