/**
 * The Deploy button and its relatives: read the manifests, build images where they say so, apply
 * them to the chosen context and namespace, and follow the rollout in a panel.
 */
import * as vscode from 'vscode';
import type { DryRunReport, Refusal } from '../../language-server/protocol/messages.ts';
import type { AppliedObject, RolloutTarget } from '../../media/messages.ts';
import { ApiError, isApiError } from '../../runtime/api/status.ts';
import {
  type ApplyResult,
  applyDocuments,
  type DeleteResult,
  deleteDocuments,
} from '../../runtime/client/apply.ts';
import { applyOrder } from '../../runtime/client/apply-order.ts';
import { at } from '../../runtime/client/resources.ts';
import { requireSession } from '../clusters/cluster-commands.ts';
import type { Connections } from '../clusters/connections.ts';
import type { Session } from '../clusters/session.ts';
import { liveText } from '../documents/live-text.ts';
import type { Panels } from '../panels/panels.ts';
import { rolledResources } from '../panels/rollout-panel.ts';
import { withPatience } from '../progress.ts';
import { settings } from '../settings.ts';
import { buildMissing, tellMissing } from './build-step.ts';
import { confirmChange } from './confirm.ts';
import { type Comparison, DiffDocuments } from './diff-documents.ts';
import { fieldLine } from './field-line.ts';
import { objectByObject } from './object-by-object.ts';
import { readSources, type Sources } from './sources.ts';

/** So many are shown in a question, the rest is counted. */
const maxProblems = 5;

export interface DeployerConfig {
  connections: Connections;
  panels: Panels;
  log: vscode.LogOutputChannel;
  /** Told, file by file, what the server refused and why. */
  onDryRun(report: DryRunReport): void;
}

interface Prepared {
  session: Session;
  sources: Sources;
  namespace: string;
}

export class Deployer {
  readonly #config: DeployerConfig;
  readonly #diffs = new DiffDocuments();

  constructor(config: DeployerConfig) {
    this.#config = config;
  }

  async deploy(args: readonly unknown[]): Promise<void> {
    const sources = await readSources(args);
    await this.#checkProblems(sources);
    const prepared = await this.#prepare(sources);
    const { session } = prepared;
    const question = vscode.l10n.t(
      'Deploy {0} to "{1}", namespace "{2}"?',
      sources.title,
      session.context,
      prepared.namespace,
    );
    await confirmChange(session, question, vscode.l10n.t('Deploy'));
    const { connections, log } = this.#config;
    const build = { session, sources, cluster: connections.embedded(), log };
    const missing = await buildMissing(build);
    const applied = await this.#apply(prepared);
    if (applied.length < sources.objects.length) return tellCancelled(prepared, applied);
    const target = rolloutTarget(prepared, applied);
    for (const { kind, name, result } of target.applied) {
      log.info(`${kind} ${name}: ${result}`);
    }
    this.#config.panels.showRollout(target);
    if (missing.length > 0) await tellMissing(build, missing);
  }

  async dryRun(args: readonly unknown[]): Promise<void> {
    const prepared = await this.#prepare(await readSources(args));
    const results = await this.#askServer(prepared, { force: false });
    const failed = results.filter(({ state }) => state === 'failed');
    for (const report of reportsOf(prepared, results)) this.#config.onDryRun(report);
    for (const result of results) {
      const line = `dry run: ${result.title}: ${resultText(result)}`;
      if (result.state === 'failed') this.#config.log.warn(line);
      else this.#config.log.info(line);
    }
    if (failed.length > 0) {
      const [first] = failed;
      const more = failed.length > 1 ? vscode.l10n.t(' (and {0} more)', failed.length - 1) : '';
      const show = vscode.l10n.t('Show Output');
      const text = `${first === undefined ? '' : `${first.title}: ${resultText(first)}`}${more}`;
      const answer = await vscode.window.showErrorMessage(
        vscode.l10n.t('The server would not accept {0}. {1}', prepared.sources.title, text),
        show,
      );
      if (answer === show) this.#config.log.show();
      return;
    }
    const compare = vscode.l10n.t('Compare');
    const answer = await vscode.window.showInformationMessage(
      vscode.l10n.t('The server would accept {0}: {1}.', prepared.sources.title, tally(results)),
      compare,
    );
    if (answer === compare) await this.#showDiff(prepared, results);
  }

  async diff(args: readonly unknown[]): Promise<void> {
    const prepared = await this.#prepare(await readSources(args));
    const results = await this.#askServer(prepared, { force: true });
    await this.#showDiff(prepared, results);
  }

  async undeploy(args: readonly unknown[]): Promise<void> {
    const prepared = await this.#prepare(await readSources(args));
    const { session, sources, namespace } = prepared;
    const objects = [...applyOrder(sources.objects)].reverse();
    const names = objects.map(({ object }) => `${object.kind} ${object.metadata.name}`);
    const shown = names.slice(0, 15).join('\n');
    const more = names.length > 15 ? `\n… ${names.length - 15} more` : '';
    const remove = vscode.l10n.t('Delete');
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t(
        'Delete what {0} declares from "{1}", namespace "{2}"?',
        sources.title,
        session.context,
        namespace,
      ),
      { modal: true, detail: `${shown}${more}` },
      remove,
    );
    if (answer !== remove) return;
    const results = await this.#deleteAll(prepared);
    const failed = results.find((result) => result.state === 'failed');
    if (failed?.state === 'failed') throw failed.error;
    const count = results.filter(({ state }) => state === 'deleted').length;
    vscode.window.setStatusBarMessage(
      results.length < sources.objects.length
        ? vscode.l10n.t('Cancelled: {0} of {1} objects deleted', count, sources.objects.length)
        : count === 1
          ? vscode.l10n.t('1 object deleted')
          : vscode.l10n.t('{0} objects deleted', count),
      5000,
    );
  }

  #deleteAll({ session, sources, namespace }: Prepared): Promise<DeleteResult[]> {
    return withPatience(vscode.l10n.t('Deleting what {0} declares', sources.title), (progress) =>
      objectByObject(sources, progress, (onResult: (result: DeleteResult) => void) =>
        deleteDocuments(session.client, session.discovery, sources.objects, {
          namespace,
          signal: progress.signal,
          onResult: (result) => {
            this.#config.log.info(`${result.title}: ${result.state}`);
            onResult(result);
          },
        }),
      ),
    );
  }

  async #prepare(sources: Sources): Promise<Prepared> {
    const session = await requireSession(this.#config);
    const setting = settings.deployNamespace(sources.files[0]);
    return { session, sources, namespace: setting || this.#config.connections.namespace };
  }

  /** What the language server has underlined is not deployed without asking. */
  async #checkProblems({ files, title }: Sources): Promise<void> {
    const errors = files.flatMap((uri) =>
      vscode.languages
        .getDiagnostics(uri)
        .filter((problem) => problem.severity === vscode.DiagnosticSeverity.Error)
        .map(({ message, range }) => {
          const file = uri.path.split('/').pop() ?? '';
          return `${file}:${range.start.line + 1}: ${message}`;
        }),
    );
    if (errors.length === 0) return;
    const more = errors.length - maxProblems;
    const shown = errors.slice(0, maxProblems);
    if (more > 0) shown.push(vscode.l10n.t('… and {0} more', more));
    const anyway = vscode.l10n.t('Deploy Anyway');
    const show = vscode.l10n.t('Show Problems');
    const answer = await vscode.window.showWarningMessage(
      errors.length === 1
        ? vscode.l10n.t('{0} has a problem.', title)
        : vscode.l10n.t('{0} has {1} problems.', title, errors.length),
      { modal: true, detail: shown.join('\n') },
      // What Enter presses comes first.
      show,
      anyway,
    );
    if (answer === show) await vscode.commands.executeCommand('workbench.actions.view.problems');
    if (answer !== anyway) throw new vscode.CancellationError();
  }

  /** Applies; where others manage fields of an object, asks once whether to take them over. */
  async #apply(prepared: Prepared): Promise<ApplyResult[]> {
    const results = await this.#applyAll(prepared, { dryRun: false, force: false });
    const conflicts = results.filter(
      (result) => result.state === 'failed' && isApiError(result.error, 'Conflict'),
    );
    if (conflicts.length === 0) return results;
    const overwrite = vscode.l10n.t('Overwrite');
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t(
        'Somebody else has changed {0} of the objects. Overwrite their changes?',
        conflicts.length,
      ),
      {
        modal: true,
        detail: conflicts
          .map((result) => `${result.title}: ${resultText(result)}`)
          .join('\n')
          .slice(0, 1500),
      },
      overwrite,
    );
    // Applying once more what was accepted changes nothing.
    return answer === overwrite
      ? this.#applyAll(prepared, { dryRun: false, force: true })
      : results;
  }

  /** A dry run, which is of no use in part: throws CancellationError where it was cancelled. */
  async #askServer(prepared: Prepared, options: { force: boolean }): Promise<ApplyResult[]> {
    const results = await this.#applyAll(prepared, { dryRun: true, ...options });
    if (results.length < prepared.sources.objects.length) throw new vscode.CancellationError();
    return results;
  }

  /** Fewer results than objects where it was cancelled. */
  #applyAll(
    { session, sources, namespace }: Prepared,
    options: { dryRun: boolean; force: boolean },
  ): Promise<ApplyResult[]> {
    const title = options.dryRun
      ? vscode.l10n.t('Asking the server about {0}', sources.title)
      : vscode.l10n.t('Deploying {0}', sources.title);
    return withPatience(title, (progress) =>
      objectByObject(sources, progress, (onResult: (result: ApplyResult) => void) =>
        applyDocuments(session.client, session.discovery, sources.objects, {
          namespace,
          ...options,
          signal: progress.signal,
          onResult,
        }),
      ),
    );
  }

  async #showDiff({ session, sources }: Prepared, results: readonly ApplyResult[]): Promise<void> {
    const comparisons = (
      await Promise.all(results.map((result) => compare(session, result)))
    ).filter(({ live, next }) => live !== next);
    if (comparisons.length === 0) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t('{0} is what "{1}" already has.', sources.title, session.context),
      );
      return;
    }
    const title = vscode.l10n.t('{0} ↔ {1}', session.context, sources.title);
    await this.#diffs.show(title, comparisons);
  }
}

/** One for each file, so that what was wrong before and is not now goes away. */
function reportsOf(
  { session, sources }: Prepared,
  results: readonly ApplyResult[],
): DryRunReport[] {
  return sources.files.map((uri) => ({
    uri: uri.toString(),
    context: session.context,
    refusals: results
      .filter(({ document }) => document.path === vscode.workspace.asRelativePath(uri))
      .flatMap((result) => (result.state === 'failed' ? refusalOf(result) : [])),
  }));
}

function refusalOf({ document, error }: ApplyResult & { state: 'failed' }): Refusal {
  const { apiVersion, kind, metadata } = document.object;
  const causes = error instanceof ApiError ? (error.status.details?.causes ?? []) : [];
  return { apiVersion, kind, name: metadata.name ?? '', message: error.message, causes };
}

function tellCancelled({ session, sources }: Prepared, applied: readonly ApplyResult[]): void {
  const done = applied.filter(({ state }) => state !== 'failed').length;
  void vscode.window.showInformationMessage(
    vscode.l10n.t(
      'Cancelled when {0} of {1} objects of {2} were applied to "{3}". Deploy again for the others, or Undeploy.',
      done,
      sources.objects.length,
      sources.title,
      session.context,
    ),
  );
}

/** What the cluster has of an object, and what the dry run made of it. */
async function compare(session: Session, result: ApplyResult): Promise<Comparison> {
  const { resource, namespace, document, title: label } = result;
  if (result.state === 'failed' || resource === undefined) {
    return { label, live: '', next: `# ${resultText(result)}\n` };
  }
  const target = at(resource, document.object.metadata.name ?? '', namespace);
  const live = await session.client.get(target).catch(() => undefined);
  return { label, live: live === undefined ? '' : liveText(live), next: liveText(result.object) };
}

function rolloutTarget(
  { session, sources, namespace }: Prepared,
  results: readonly ApplyResult[],
): RolloutTarget {
  const rolled = new Set(rolledResources.map(({ resource }) => resource));
  const workloads = results.flatMap(({ document, resource, namespace: own, state }) => {
    // An object that was refused and is not there has no rollout to wait for.
    if (resource === undefined || state === 'failed' || !rolled.has(resource.resource)) return [];
    const { name = '' } = document.object.metadata;
    return [{ resource: resource.resource, namespace: own ?? namespace, name }];
  });
  const applied = results.map(
    (result): AppliedObject => ({
      kind: result.document.object.kind,
      name: result.document.object.metadata.name ?? '',
      result: resultText(result),
      failed: result.state === 'failed',
      ...sourceOf(sources, result),
    }),
  );
  const namespaces = results.flatMap((result) => namespaceOf(result, namespace));
  return {
    context: session.context,
    title: sources.title,
    namespaces: [...new Set(namespaces)],
    workloads,
    applied,
  };
}

/** Where an object is, or would have been; nowhere if its kind has no namespace. */
function namespaceOf({ resource, namespace, document }: ApplyResult, fallback: string): string[] {
  if (namespace !== undefined) return [namespace];
  return resource === undefined ? [document.object.metadata.namespace ?? fallback] : [];
}

/** Where an object is written down; for one that was refused, the field that is the reason. */
function sourceOf({ files, sources }: Sources, result: ApplyResult): Pick<AppliedObject, 'source'> {
  const { path, line } = result.document;
  const index = sources.findIndex((source) => source.path === path);
  const [uri, source] = [files[index], sources[index]];
  if (uri === undefined || source === undefined) return {};
  const field =
    result.state === 'failed' && isApiError(result.error)
      ? result.error.status.details?.causes?.[0]?.field
      : undefined;
  const label = path.split('/').pop() ?? path;
  return { source: { uri: uri.toString(), label, line: fieldLine(source.text, line, field) } };
}

function resultText(result: ApplyResult): string {
  if (result.state === 'failed') return result.error.message;
  return result.note === undefined ? result.state : `${result.state} (${result.note})`;
}

function tally(results: readonly ApplyResult[]): string {
  return (['created', 'configured', 'unchanged'] as const)
    .map((wanted) => [wanted, results.filter(({ state }) => state === wanted).length] as const)
    .filter(([, number]) => number > 0)
    .map(([state, number]) => `${number} ${state}`)
    .join(', ');
}
