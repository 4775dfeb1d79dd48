/** Above a file what can be done with it, above each object how it fares in the cluster. */
import type { CodeLens } from 'vscode-languageserver';
import { findKind } from '../../runtime/api/kinds.ts';
import type { Cluster } from '../references/cluster.ts';
import {
  gvkOf,
  isKubernetes,
  nameOf,
  namespaceOf,
  type Resource,
} from '../routing/manifest-file.ts';
import type { OpenFile } from './open-file.ts';

/** The commands are the extension's. */
export function codeLensesOf(file: OpenFile, cluster?: Cluster): CodeLens[] {
  const { document, manifest } = file;
  if (!isKubernetes(manifest)) return [];
  const top = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  const command = (title: string, name: string): CodeLens => ({
    range: top,
    command: { title, command: name, arguments: [document.uri] },
  });
  return [
    command('$(rocket) Deploy', 'skiff.deploy'),
    command('Diff', 'skiff.diff'),
    command('Dry run', 'skiff.dryRun'),
    ...(cluster?.context === undefined
      ? []
      : manifest.resources.flatMap((resource) => statusLens(resource, file, cluster))),
  ];
}

/** Characters of a state that are shown. */
const maxStatus = 48;

const withLogs = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'Pod',
]);

function statusLens(resource: Resource, { document }: OpenFile, cluster: Cluster): CodeLens[] {
  const gvk = gvkOf(resource);
  const name = nameOf(resource);
  if (gvk === undefined || name === undefined || !cluster.knows(gvk.kind, namespaceOf(resource)))
    return [];
  const live = cluster.find(gvk.kind, name, namespaceOf(resource));
  const start = document.positionAt(resource.start);
  const range = { start, end: start };
  if (live === undefined) {
    const title = `$(circle-slash) not in ${cluster.context}`;
    return [{ range, command: { title, command: '' } }];
  }
  const known = findKind(gvk);
  if (known === undefined) return [];
  const { group, version } = gvk;
  const { namespace } = live;
  const place = namespace === undefined ? {} : { namespace };
  const target = { group, version, resource: known.resource, name, ...place };
  const lens = (title: string, command: string): CodeLens => ({
    range,
    command: { title, command, arguments: [target] },
  });
  return [
    // What only lies there has no state but that.
    lens(
      live.status === undefined
        ? `$(check) in ${cluster.context}`
        : `$(pulse) ${shortened(live.status)}`,
      'skiff.details',
    ),
    ...(withLogs.has(gvk.kind) ? [lens('Logs', 'skiff.logs')] : []),
  ];
}

/** What stands behind it is to be seen, too; the details have all of it. */
function shortened(status: string): string {
  return status.length <= maxStatus ? status : `${status.slice(0, maxStatus - 1).trimEnd()}…`;
}
