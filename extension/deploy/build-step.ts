/** Builds what the engine lacks before a deployment, after asking once. */
import * as vscode from 'vscode';
import { ActionableError } from '../actionable-error.ts';
import { type EmbeddedCluster, RuntimeError } from '../clusters/embedded.ts';
import type { Session } from '../clusters/session.ts';
import { settings } from '../settings.ts';
import { parseBuildLine } from './build-images.ts';
import type { Sources } from './sources.ts';

export interface BuildContext {
  session: Session;
  sources: Sources;
  cluster: EmbeddedCluster;
  log: vscode.LogOutputChannel;
}

/**
 * Returns the images that are still missing because the person did not want them built. Only the
 * embedded cluster takes images from this machine's engine. Throws CancellationError, or an Error
 * in the engine's words.
 */
export async function buildMissing(context: BuildContext): Promise<string[]> {
  const { session, sources } = context;
  if (!session.embedded || session.simulated) return [];
  if (sources.builds.length === 0) return [];
  const images = await missingImages(context);
  if (images.length === 0) return [];
  const build = vscode.l10n.t('Build');
  const skip = vscode.l10n.t('Deploy without Building');
  const question =
    images.length === 1
      ? vscode.l10n.t(
          '{0} needs an image that is not on this machine. Build it now?',
          sources.title,
        )
      : vscode.l10n.t(
          '{0} needs {1} images that are not on this machine. Build them now?',
          sources.title,
          images.length,
        );
  const answer = await vscode.window.showInformationMessage(
    question,
    {
      modal: true,
      detail: `${images.join('\n')}\n\n${vscode.l10n.t('What is deployed without its image waits until that is built.')}`,
    },
    build,
    skip,
  );
  if (answer === undefined) throw new vscode.CancellationError();
  if (answer === skip) return images;
  await buildImages(context);
  return [];
}

/** After a deployment without them: says what is missing, and offers to make up for it. */
export async function tellMissing(context: BuildContext, images: readonly string[]): Promise<void> {
  const build = vscode.l10n.t('Build Now');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t(
      'Deployed without {0}: pods that use it wait until it is built.',
      images.join(', '),
    ),
    build,
  );
  if (answer === build) await buildImages(context);
}

async function buildImages(context: BuildContext): Promise<void> {
  const { cluster, sources, log } = context;
  const run = async (
    progress: vscode.Progress<{ message: string }>,
    token: vscode.CancellationToken,
  ) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    try {
      await cluster.run(['build', '-o', 'json', ...sources.builds], {
        signal: abort.signal,
        onOutput: (text) => {
          const { image = '', state = '', line } = parseBuildLine(text);
          const shown = line ?? state;
          log.info(`${image} ${shown}`.trim());
          progress.report({ message: `${image}: ${shown}`.slice(0, 120) });
        },
      });
    } catch (error) {
      if (token.isCancellationRequested) throw new vscode.CancellationError();
      throw error instanceof RuntimeError ? buildError(error) : error;
    }
  };
  const location = vscode.ProgressLocation.Notification;
  const title = vscode.l10n.t('Building images');
  await vscode.window.withProgress({ location, title, cancellable: true }, run);
}

/** The engine's words, with the editor's own way out instead of the command line's. */
function buildError({ message }: RuntimeError): Error {
  const words = message.replace(/ If its base image cannot be pulled here.*$/s, '');
  const nothing = vscode.l10n.t('Nothing was deployed.');
  const setting = 'skiff.build.baseImage';
  if (settings.baseImage() !== '' || !/pull|manifest|registry|resolve|dial/i.test(words)) {
    return new Error(`${words} ${nothing}`);
  }
  return new ActionableError(`${words} ${nothing}`, [
    {
      title: vscode.l10n.t('Choose a Base Image'),
      run: () => vscode.commands.executeCommand('workbench.action.openSettings', setting),
    },
  ]);
}

/** What the engine lacks of the images that the manifests say how to build. */
async function missingImages({ cluster, sources }: BuildContext): Promise<string[]> {
  const images: string[] = [];
  await cluster.run(['build', '--list', '-o', 'json', ...sources.builds], {
    onOutput: (line) => {
      const { image } = parseBuildLine(line);
      if (image !== undefined) images.push(image);
    },
  });
  return [...new Set(images)];
}
