/** Opening the log and rollout panels. */
import * as vscode from 'vscode';
import {
  daemonSets,
  deployments,
  jobs,
  pods,
  statefulSets,
} from '../../runtime/client/resources.ts';
import type { Skiff } from '../context.ts';
import { targetOf } from '../targets.ts';
import { rolledResources } from './rollout-panel.ts';

const logged = [pods, deployments, statefulSets, daemonSets, jobs];

export async function showLogs(skiff: Skiff, node?: unknown): Promise<void> {
  const title = vscode.l10n.t('Show the logs of…');
  const { session, resource, namespace, name } = await targetOf(skiff, node, logged, title);
  skiff.panels.showLogs({
    context: session.context,
    namespace: namespace ?? 'default',
    resource: resource.resource,
    name,
  });
}

export async function showRollout(skiff: Skiff, node?: unknown): Promise<void> {
  const title = vscode.l10n.t('Show the rollout of…');
  const { session, resource, namespace, name } = await targetOf(
    skiff,
    node,
    rolledResources,
    title,
  );
  skiff.panels.showRollout({
    context: session.context,
    title: name,
    workloads: [{ resource: resource.resource, namespace: namespace ?? 'default', name }],
    applied: [],
  });
}
