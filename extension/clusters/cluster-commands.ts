/** Start, stop and reset of the embedded cluster. */
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { ActionableError } from '../actionable-error.ts';
import type { Skiff } from '../context.ts';
import { withPatience } from '../progress.ts';
import { sentence } from '../sentence.ts';
import { settings } from '../settings.ts';
import { requireTrust } from '../trust.ts';
import type { Connections } from './connections.ts';
import { RuntimeError } from './embedded.ts';
import type { Session } from './session.ts';

/** `engine`: another than the setting's, for this start. */
export async function startCluster({ connections }: Skiff, engine?: unknown): Promise<void> {
  if (connections.selection.kind !== 'embedded') {
    await connections.select({ kind: 'embedded' });
    if (connections.session !== undefined) return;
  }
  await start(connections, engine === 'simulated' ? 'simulated' : settings.engine());
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

export async function resetCluster({ connections }: Skiff, engine?: unknown): Promise<void> {
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
  await purgeAndStart(connections, engine === 'simulated' ? 'simulated' : settings.engine());
}

async function purgeAndStart(connections: Connections, engine: EngineName): Promise<void> {
  connections.show({ state: 'stopping' });
  try {
    await withProgress(vscode.l10n.t('Resetting the cluster'), (options) =>
      connections.embedded().stop({ ...options, purge: true }),
    );
  } catch (error) {
    await connections.reconnect();
    throw error;
  }
  await start(connections, engine);
}

/** A session to work with: connects, and starts the embedded cluster if that is what it takes. */
export async function requireSession({
  connections,
}: Pick<Skiff, 'connections'>): Promise<Session> {
  requireTrust();
  if (connections.session !== undefined) return connections.session;
  await patiently(connections, () => connections.connect());
  if (connections.session !== undefined) return connections.session;
  const { state } = connections;
  if (connections.selection.kind === 'embedded' && ['stopped', 'noEngine'].includes(state.state)) {
    await start(connections, settings.engine());
  } else if (state.state === 'unreachable')
    await patiently(connections, () => connections.reconnect());
  if (connections.session !== undefined) return connections.session;
  throw notConnected(connections);
}

/** Says why, for a person who needs the connection now. */
export function notConnected({ state, contextName }: Connections): Error {
  return new Error(
    'reason' in state
      ? vscode.l10n.t('Not connected to {0}: {1}', contextName, sentence(state.reason))
      : vscode.l10n.t('{0} is not connected.', contextName),
  );
}

/** Waits for a connection as long as the person wants to; without them it goes on. */
function patiently(connections: Connections, connect: () => Promise<void>): Promise<void> {
  return withPatience(
    vscode.l10n.t('Connecting to {0}', connections.contextName),
    async ({ signal }) => {
      const cancelled = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new vscode.CancellationError()));
      });
      await Promise.race([connect(), cancelled]);
    },
  );
}

type EngineName = 'docker' | 'simulated';

async function start(connections: Connections, engine: EngineName): Promise<void> {
  connections.show({ state: 'starting', step: '' });
  try {
    await withProgress(vscode.l10n.t('Starting the cluster'), (options) =>
      connections.embedded().start({
        ...options,
        nodes: settings.nodes(),
        engine,
        onLine: (line) => {
          connections.show({ state: 'starting', step: line });
          options.onLine(line);
        },
      }),
    );
  } catch (error) {
    await connections.reconnect();
    // It was running already: somebody else has started it.
    if (connections.session !== undefined && error instanceof RuntimeError) return;
    if (error instanceof RuntimeError && error.isMissingEngine) {
      throw missingEngine(connections, error);
    }
    if (error instanceof RuntimeError && error.isOtherEngine) {
      const problem = await otherEngine(connections, engine);
      if (problem === undefined) return;
      throw problem;
    }
    throw error;
  }
  await connections.reconnect();
}

function missingEngine(connections: Connections, { message }: RuntimeError): ActionableError {
  // The command line's own advice is a button here.
  const text = message.replace(/ Or try "skiff up.*$/s, '');
  const reason = sentence(text);
  connections.show({ state: 'noEngine', reason });
  return new ActionableError(reason, [
    {
      title: vscode.l10n.t('Start Simulated'),
      run: () => start(connections, 'simulated'),
    },
  ]);
}

/** A cluster keeps the engine that it was made with; one that has never run is made anew. */
async function otherEngine(
  connections: Connections,
  wanted: EngineName,
): Promise<Error | undefined> {
  const { kubeconfig, engine } = await connections.embedded().status();
  if (kubeconfig === undefined || !existsSync(kubeconfig)) {
    await purgeAndStart(connections, wanted);
    return undefined;
  }
  const kept: EngineName = wanted === 'docker' ? 'simulated' : 'docker';
  return new ActionableError(
    vscode.l10n.t(
      'The cluster "{0}" was made with the engine "{1}" and keeps it until it is reset.',
      settings.clusterName(),
      engine?.name ?? kept,
    ),
    [
      ...(kept === 'simulated'
        ? [
            {
              title: vscode.l10n.t('Start Simulated'),
              run: () => start(connections, 'simulated'),
            },
          ]
        : []),
      {
        title: vscode.l10n.t('Reset Cluster…'),
        run: () => vscode.commands.executeCommand('skiff.cluster.reset', wanted),
      },
    ],
  );
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
