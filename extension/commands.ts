/** The table of commands: every id of ids.ts has its handler here, and the compiler says so. */
import * as vscode from 'vscode';
import { ActionableError } from './actionable-error.ts';
import { resetCluster, startCluster, stopCluster } from './clusters/cluster-commands.ts';
import { selectContext, selectNamespace, useNamespace } from './clusters/select-commands.ts';
import type { Skiff } from './context.ts';
import { deleteObject, restart, rollBack, scale } from './deploy/change-commands.ts';
import { copyName, openDetails, openYaml } from './documents/document-commands.ts';
import { type CommandId, commandIds, trustedCommandIds } from './ids.ts';
import { showLogs, showRollout } from './panels/panel-commands.ts';
import { openTerminal } from './terminals/exec.ts';
import {
  copyForward,
  forwardPort,
  openForward,
  stopForward,
} from './terminals/forward-commands.ts';
import { requireTrust } from './trust.ts';

type Handler = (skiff: Skiff, ...args: unknown[]) => unknown;

const handlers: Record<CommandId, Handler> = {
  'skiff.cluster.start': startCluster,
  'skiff.cluster.stop': stopCluster,
  'skiff.cluster.reset': resetCluster,
  'skiff.selectContext': selectContext,
  'skiff.selectNamespace': selectNamespace,
  'skiff.useNamespace': useNamespace,
  'skiff.reconnect': ({ connections }) => connections.reconnect(),
  'skiff.deploy': ({ deployer }, ...args) => deployer.deploy(args),
  'skiff.dryRun': ({ deployer }, ...args) => deployer.dryRun(args),
  'skiff.diff': ({ deployer }, ...args) => deployer.diff(args),
  'skiff.undeploy': ({ deployer }, ...args) => deployer.undeploy(args),
  'skiff.rollout': showRollout,
  'skiff.rollback': rollBack,
  'skiff.restart': restart,
  'skiff.scale': scale,
  'skiff.logs': showLogs,
  'skiff.exec': openTerminal,
  'skiff.portForward': forwardPort,
  'skiff.portForward.open': openForward,
  'skiff.portForward.copy': copyForward,
  'skiff.portForward.stop': stopForward,
  'skiff.openYaml': openYaml,
  'skiff.details': openDetails,
  'skiff.delete': deleteObject,
  'skiff.copyName': copyName,
  'skiff.showOutput': ({ log }) => log.show(),
  'skiff.restartLanguageServer': ({ language }) => language.restart(),
};

/** Registers every command; what one throws is logged and told once, with the way to the log. */
export function registerCommands(skiff: Skiff): vscode.Disposable {
  return vscode.Disposable.from(
    ...commandIds.map((id) =>
      vscode.commands.registerCommand(id, async (...args: unknown[]) => {
        try {
          if (trustedCommandIds.includes(id)) requireTrust();
          return await handlers[id](skiff, ...args);
        } catch (error) {
          if (error instanceof vscode.CancellationError) return undefined;
          void tell(skiff, id, error);
          return undefined;
        }
      }),
    ),
  );
}

async function tell({ log }: Pick<Skiff, 'log'>, id: CommandId, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  log.error(`${id}: ${error instanceof Error ? (error.stack ?? message) : message}`);
  const show = vscode.l10n.t('Show Output');
  const actions = error instanceof ActionableError ? error.actions : [];
  const titles = [...actions.map(({ title }) => title), show];
  const answer = await vscode.window.showErrorMessage(message, ...titles);
  if (answer === show) return log.show();
  try {
    await actions.find(({ title }) => title === answer)?.run();
  } catch (next) {
    if (!(next instanceof vscode.CancellationError)) await tell({ log }, id, next);
  }
}
