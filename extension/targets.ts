/** Which object a command is about: the tree's element it was called on, or one that is picked. */
import * as vscode from 'vscode';
import type { KubeObject } from '../runtime/api/object.ts';
import { findKnown, type KnownResource } from '../runtime/client/resources.ts';
import { requireSession } from './clusters/cluster-commands.ts';
import type { Session } from './clusters/session.ts';
import type { Skiff } from './context.ts';
import type { TreeNode } from './explorer/nodes.ts';
import { iconOf, objectLook } from './explorer/nodes.ts';

export interface Target {
  session: Session;
  resource: KnownResource;
  namespace: string | undefined;
  name: string;
}

/** An object named by other parts of Skiff (a panel, a test, another extension). */
export interface ObjectRef {
  group: string;
  version: string;
  resource: string;
  namespace?: string;
  name: string;
}

/**
 * The object that `argument` (an element of the tree, or an ObjectRef) names, or else one of these
 * resources in the selected namespace that the person picks. Throws CancellationError if none is.
 */
export async function targetOf(
  skiff: Pick<Skiff, 'connections'>,
  argument: unknown,
  resources: readonly KnownResource[],
  title: string,
): Promise<Target> {
  const session = await requireSession(skiff);
  const named = nodeTarget(argument) ?? refTarget(argument);
  if (named !== undefined) return { session, ...named };
  return pickTarget(skiff, session, resources, title);
}

function nodeTarget(argument: unknown): Omit<Target, 'session'> | undefined {
  const node = argument as TreeNode | undefined;
  if (node?.type !== 'object') return undefined;
  const { name = '', namespace } = node.object.metadata;
  return { resource: node.resource, namespace, name };
}

function refTarget(argument: unknown): Omit<Target, 'session'> | undefined {
  const ref = argument as Partial<ObjectRef> | undefined;
  if (typeof ref?.resource !== 'string' || typeof ref.name !== 'string') return undefined;
  const { group = '', version = 'v1', resource, namespace, name } = ref;
  const known = findKnown({ group, version, resource });
  return known === undefined ? undefined : { resource: known, namespace, name };
}

async function pickTarget(
  { connections }: Pick<Skiff, 'connections'>,
  session: Session,
  resources: readonly KnownResource[],
  title: string,
): Promise<Target> {
  const { namespace } = connections;
  const lists = await Promise.all(
    resources.map(async (resource) => {
      const list = await session.client.list<KubeObject>({ ...resource, namespace });
      return list.items.map((object) => ({ resource, object }));
    }),
  );
  const items = lists.flat().map(({ resource, object }) => {
    const look = objectLook(resource, { ...object, kind: resource.kind }, Date.now());
    return {
      label: look.label,
      description: `${resource.kind} · ${look.description ?? ''}`,
      iconPath: new vscode.ThemeIcon((look.icon ?? iconOf('off')).id),
      resource,
    };
  });
  if (items.length === 0) {
    const kinds = resources.map((resource) => resource.resource).join(', ');
    throw new Error(vscode.l10n.t('There are no {0} in namespace {1}.', kinds, namespace));
  }
  const pick = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: vscode.l10n.t('In namespace {0} of {1}', namespace, session.context),
    matchOnDescription: true,
  });
  if (pick === undefined) throw new vscode.CancellationError();
  return { session, resource: pick.resource, namespace, name: pick.label };
}
