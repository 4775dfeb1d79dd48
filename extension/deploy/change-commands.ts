/** Changes of single objects: scale, restart, roll back, delete. Each asks where it cannot be undone. */
import * as vscode from 'vscode';
import { timestamp } from '../../runtime/api/clock.ts';
import { apiVersionOf, type KubeObject } from '../../runtime/api/object.ts';
import { formatLabelSelector } from '../../runtime/api/selector.ts';
import { isApiError } from '../../runtime/api/status.ts';
import type { ControllerRevision, Deployment, ReplicaSet } from '../../runtime/api/types.ts';
import {
  at,
  controllerRevisions,
  customResourceDefinitions,
  daemonSets,
  deployments,
  events,
  jobs,
  type KnownResource,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  replicaSets,
  statefulSets,
} from '../../runtime/client/resources.ts';
import type { Skiff } from '../context.ts';
import { writtenPart } from '../documents/live-text.ts';
import { age } from '../explorer/status.ts';
import { type Target, targetOf } from '../targets.ts';
import { podSelectorOf } from '../workload-pods.ts';
import { confirmChange } from './confirm.ts';
import { type Revision, revisionsOf, rollbackPatch } from './revisions.ts';

/** The manager that applies manifests, so that a change by a button is no conflict with the next deploy. */
const options = { fieldManager: 'skiff' };

export async function scale(skiff: Skiff, node?: unknown, replicas?: unknown): Promise<void> {
  const title = vscode.l10n.t('Scale…');
  const target = await targetOf(skiff, node, [deployments, statefulSets], title);
  const { session, resource, namespace, name } = target;
  const live = await session.client.get<Deployment>(at(resource, name, namespace));
  const wanted =
    typeof replicas === 'number'
      ? String(replicas)
      : await vscode.window.showInputBox({
          title: vscode.l10n.t('Replicas of {0}', name),
          prompt: vscode.l10n.t('In namespace {0} of {1}', namespace ?? '', session.context),
          value: String(live.spec.replicas ?? 1),
          validateInput: (value) =>
            /^\d{1,5}$/.test(value) ? undefined : vscode.l10n.t('A number, 0 or more'),
        });
  if (wanted === undefined) return;
  const patch = { spec: { replicas: Number(wanted) } };
  await session.client.patch(at(resource, name, namespace, 'scale'), 'merge', patch, options);
}

export async function restart(skiff: Skiff, node?: unknown): Promise<void> {
  const title = vscode.l10n.t('Restart…');
  const target = await targetOf(skiff, node, [deployments, statefulSets, daemonSets], title);
  const { session, resource, namespace, name } = target;
  const question = vscode.l10n.t('Restart {0} on "{1}"?', name, session.context);
  await confirmChange(session, question, vscode.l10n.t('Restart'));
  // The annotation that kubectl rollout restart uses, so that both mean the same.
  const annotations = { 'kubectl.kubernetes.io/restartedAt': timestamp(Date.now()) };
  const patch = { spec: { template: { metadata: { annotations } } } };
  await session.client.patch(at(resource, name, namespace), 'strategic', patch, options);
  skiff.panels.showRollout({
    context: session.context,
    title: name,
    workloads: [{ resource: resource.resource, namespace: namespace ?? 'default', name }],
    applied: [],
  });
}

export async function rollBack(skiff: Skiff, node?: unknown): Promise<void> {
  const title = vscode.l10n.t('Roll back…');
  const target = await targetOf(skiff, node, [deployments, statefulSets, daemonSets], title);
  const { session, resource, namespace, name } = target;
  const earlier = (await readRevisions(target)).slice(1);
  if (earlier.length === 0) {
    throw new Error(vscode.l10n.t('{0} has no earlier revision.', name));
  }
  const pick = await vscode.window.showQuickPick(
    earlier.map((revision) => ({
      label: vscode.l10n.t('Revision {0}', revision.number),
      description: `${age(revision.created, Date.now())} · ${revision.images.join(', ')}`,
      ...(revision.cause === undefined ? {} : { detail: revision.cause }),
      revision,
    })),
    {
      title: vscode.l10n.t('Roll {0} back to…', name),
      placeHolder: vscode.l10n.t('In namespace {0} of {1}', namespace ?? '', session.context),
    },
  );
  if (pick === undefined) return;
  const { type, patch } = rollbackPatch(pick.revision);
  await session.client.patch(at(resource, name, namespace), type, patch, options);
  skiff.panels.showRollout({
    context: session.context,
    title: name,
    workloads: [{ resource: resource.resource, namespace: namespace ?? 'default', name }],
    applied: [],
  });
}

/** Newest first; a Deployment keeps them as ReplicaSets, the others as ControllerRevisions. */
async function readRevisions({ session, resource, namespace, name }: Target): Promise<Revision[]> {
  const { client } = session;
  const owner = await client.get(at(resource, name, namespace));
  const labelSelector = formatLabelSelector(podSelectorOf({ ...owner, kind: resource.kind }));
  const source = resource === deployments ? replicaSets : controllerRevisions;
  const where = { ...source, ...(namespace === undefined ? {} : { namespace }) };
  const list = await client.list<ReplicaSet & ControllerRevision>(where, { labelSelector });
  return revisionsOf(owner, list.items);
}

export async function deleteObject(skiff: Skiff, node?: unknown): Promise<void> {
  const title = vscode.l10n.t('Delete…');
  const target = await targetOf(skiff, node, [pods, deployments], title);
  const { session, resource, namespace, name } = target;
  const remove = vscode.l10n.t('Delete');
  const where = namespace === undefined ? '' : vscode.l10n.t(' in namespace "{0}"', namespace);
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Delete {0} "{1}"?', resource.kind, name),
    { modal: true, detail: vscode.l10n.t('From "{0}"{1}.', session.context, where) },
    remove,
  );
  if (answer !== remove) return;
  const live = isRestorable(resource)
    ? await session.client.get(at(resource, name, namespace))
    : undefined;
  await session.client.delete(at(resource, name, namespace), { propagationPolicy: 'Background' });
  if (live !== undefined) await offerUndo(target, live);
}

/** With these more goes than an object says: data, containers as they are, or what is within them. */
const goneForGood = new Set<KnownResource>([
  pods,
  jobs,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  events,
  customResourceDefinitions,
]);

function isRestorable(resource: KnownResource): boolean {
  return !goneForGood.has(resource);
}

/** Told until it is closed or hides by itself; then it is too late. */
async function offerUndo(
  { session, resource, namespace, name }: Target,
  live: KubeObject,
): Promise<void> {
  const undo = vscode.l10n.t('Undo');
  const text = vscode.l10n.t(
    '{0} "{1}" was deleted from "{2}".',
    resource.kind,
    name,
    session.context,
  );
  if ((await vscode.window.showInformationMessage(text, undo)) !== undo) return;
  const there = await session.client.get(at(resource, name, namespace)).catch((error: unknown) => {
    if (!isApiError(error, 'NotFound')) throw error;
  });
  if (there !== undefined) {
    throw new Error(
      vscode.l10n.t('{0} "{1}" is still there, or there again.', resource.kind, name),
    );
  }
  // By server-side apply, so that the next deploy meets no other owner of its fields.
  const again = { ...writtenPart(live), apiVersion: apiVersionOf(resource), kind: resource.kind };
  await session.client.patch(at(resource, name, namespace), 'apply', again, options);
}
