/** Start, stop and reset of the embedded cluster. */
import * as vscode from 'vscode';
import type { Skiff } from '../context.ts';
import { settings } from '../settings.ts';
import type { Connections } from './connections.ts';
import { RuntimeError } from './embedded.ts';
import type { Session } from './session.ts';

export async function startCluster({ connections }: Skiff): Promise<void> {
  if (connections.selection.kind !== 'embedded') {
    await connections.select({ kind: 'embedded' });
    if (connections.session !== undefined) return;
  }
  await start(connections);
}

export async function stopCluster({ connections }: Skiff): Promise<void> {
  connections.show({ state: 'stopping' });
  try {
    await withProgress(vscode.l10n.t('Stopping the cluster'), (options) =>
      connections.embedded().stop(options),
    );
  } finally {
    await connections.reconnect();
  }
}

export async function resetCluster({ connections }: Skiff): Promise<void> {
  const name = settings.clusterName();
  const reset = vscode.l10n.t('Reset');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Reset the cluster "{0}"?', name),
    {
      modal: true,
      detail: vscode.l10n.t(
        'Everything in it is deleted: objects, pods, volumes and keys. Images stay. It is started anew, empty.',
      ),
    },
    reset,
  );
  if (answer !== reset) return;
  connections.show({ state: 'stopping' });
  try {
    await withProgress(vscode.l10n.t('Resetting the cluster'), (options) =>
      connections.embedded().stop({ ...options, purge: true }),
    );
  } catch (error) {
    await connections.reconnect();
    throw error;
  }
  await start(connections);
}

/** A session to work with: connects, and starts the embedded cluster if that is what it takes. */
export async function requireSession({
  connections,
}: Pick<Skiff, 'connections'>): Promise<Session> {
  await connections.connect();
  if (connections.session !== undefined) return connections.session;
  const { state } = connections;
  if (state.state === 'untrusted') {
    throw new Error(
      vscode.l10n.t('Trust this workspace first: clusters are not used in restricted mode.'),
    );
  }
  if (connections.selection.kind === 'embedded' && ['stopped', 'noEngine'].includes(state.state)) {
    await start(connections);
  } else if (state.state === 'unreachable') await connections.reconnect();
  if (connections.session !== undefined) return connections.session;
  const now = connections.state;
  throw new Error(
    'reason' in now
      ? vscode.l10n.t('{0} does not answer: {1}', connections.contextName, now.reason)
      : vscode.l10n.t('{0} is not connected.', connections.contextName),
  );
}

async function start(connections: Connections): Promise<void> {
  connections.show({ state: 'starting', step: '' });
  try {
    await withProgress(vscode.l10n.t('Starting the cluster'), (options) =>
      connections.embedded().start({
        ...options,
        nodes: settings.nodes(),
        engine: settings.engine(),
        onLine: (line) => {
          connections.show({ state: 'starting', step: line });
          options.onLine(line);
        },
      }),
    );
  } catch (error) {
    await connections.reconnect();
    if (error instanceof RuntimeError && error.isMissingEngine) {
      connections.show({ state: 'noEngine', reason: error.message });
    }
    throw error;
  }
  await connections.reconnect();
}

interface ProgressOptions {
  signal: AbortSignal;
  onLine: (line: string) => void;
}

/** In a notification that says what is waited for and can be cancelled. */
async function withProgress(
  title: string,
  run: (options: ProgressOptions) => Promise<void>,
): Promise<void> {
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      try {
        await run({
          signal: abort.signal,
          onLine: (line) => progress.report({ message: line.slice(0, 120) }),
        });
      } catch (error) {
        if (token.isCancellationRequested) throw new vscode.CancellationError();
        throw error;
      }
    },
  );
}
