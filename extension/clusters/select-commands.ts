/** Choosing a context and a namespace. The kubeconfig's own current context is never changed. */
import * as vscode from 'vscode';
import { namespaces } from '../../runtime/client/resources.ts';
import type { Skiff } from '../context.ts';
import { settings } from '../settings.ts';
import { notConnected, requireSession } from './cluster-commands.ts';
import type { Selection } from './connections.ts';
import type { Session } from './session.ts';

export async function selectContext({ connections }: Skiff): Promise<void> {
  interface Item extends vscode.QuickPickItem {
    selection?: Selection;
  }
  const chosen = connections.selection;
  const mark = (isChosen: boolean) => (isChosen ? '$(check) ' : '');
  const name = settings.clusterName();
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = vscode.l10n.t('Select a context to work with');
  pick.placeholder = vscode.l10n.t(
    'Skiff works with it; the current context of kubectl stays as it is',
  );
  pick.matchOnDescription = true;
  pick.busy = true;
  const embedded: Item[] = [
    { label: vscode.l10n.t('On this machine'), kind: vscode.QuickPickItemKind.Separator },
    {
      label: `${mark(chosen.kind === 'embedded')}${name}`,
      description: vscode.l10n.t('the cluster that Skiff runs'),
      selection: { kind: 'embedded' },
    },
  ];
  pick.items = embedded;
  const answer = new Promise<Item | undefined>((resolve) => {
    pick.onDidAccept(() => resolve(pick.selectedItems[0]));
    pick.onDidHide(() => resolve(undefined));
  });
  pick.show();
  const kubeconfig = await connections.kubeconfig();
  pick.items = [
    ...embedded,
    {
      label: kubeconfig.files.join(', ') || vscode.l10n.t('No kubeconfig found'),
      kind: vscode.QuickPickItemKind.Separator,
    },
    ...kubeconfig.contexts.map(
      (context): Item => ({
        label: `${mark(chosen.kind === 'kubeconfig' && chosen.name === context.name)}${context.name}`,
        ...(context.server === undefined ? {} : { description: context.server }),
        selection: { kind: 'kubeconfig', name: context.name },
      }),
    ),
  ];
  pick.busy = false;
  const item = await answer;
  pick.dispose();
  if (item?.selection === undefined) return;
  await connections.select(item.selection);
  if (connections.state.state === 'unreachable') throw notConnected(connections);
}

/** On the element of a namespace in the tree. */
export async function useNamespace({ connections }: Skiff, node?: unknown): Promise<void> {
  const { namespace } = (node ?? {}) as { namespace?: unknown };
  if (typeof namespace === 'string') await connections.selectNamespace(namespace);
}

export async function selectNamespace(skiff: Skiff): Promise<void> {
  const { connections } = skiff;
  const session = await requireSession(skiff);
  const names = session.client
    .list({ ...namespaces })
    .then((list) => list.items.map((item) => item.metadata.name ?? '').sort())
    // Without the right to list them, the name can still be typed.
    .catch(() => undefined);
  const type = vscode.l10n.t('Type a name…');
  const items = names.then((list) => [
    ...(list ?? []).map((label) => ({
      label,
      ...(label === connections.namespace ? { description: vscode.l10n.t('selected') } : {}),
    })),
    { label: type },
  ]);
  const pick = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Namespace of {0}', session.context),
    placeHolder: vscode.l10n.t('For deploying, and first in the Cluster view'),
  });
  if (pick === undefined) return;
  const name = pick.label === type ? await typeNamespace(session, await names) : pick.label;
  if (name !== undefined) await connections.selectNamespace(name);
}

/** Offers to create one that is not there; `known` is undefined where they cannot be listed. */
async function typeNamespace(
  session: Session,
  known: readonly string[] | undefined,
): Promise<string | undefined> {
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t('Namespace of {0}', session.context),
    // It follows a list, whose end gives the focus back to a panel: that must not close this.
    ignoreFocusOut: true,
    validateInput: (value) =>
      /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)
        ? undefined
        : vscode.l10n.t('Lower-case letters, digits and hyphens, at most 63'),
  });
  if (name === undefined || known === undefined || known.includes(name)) return name;
  const create = vscode.l10n.t('Create');
  const anyway = vscode.l10n.t('Select Anyway');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t('There is no namespace "{0}" on "{1}". Create it?', name, session.context),
    { modal: true },
    create,
    anyway,
  );
  if (answer === undefined) return undefined;
  if (answer === create) {
    await session.client.create(namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
  }
  return name;
}
