/** From what a command was called on to the manifests that it means. */
import * as vscode from 'vscode';
import {
  type ManifestDocument,
  ManifestError,
  type ManifestSource,
  parseManifests,
} from '../../runtime/client/manifests.ts';
import { ActionableError } from '../actionable-error.ts';
import { buildAnnotation } from './build-images.ts';
import { isToolFile, looksLikeManifest, looksLikeTemplate } from './manifest-text.ts';

export interface Sources {
  /** What to call it in titles: a file's or folder's name. */
  title: string;
  /** Files that say how to build an image, for the runtime's own commands. */
  builds: string[];
  files: vscode.Uri[];
  sources: ManifestSource[];
  objects: ManifestDocument[];
}

/** A folder with more is hardly what somebody meant to deploy. */
const maxFiles = 2000;
const patterns = /\.(ya?ml|json)$/i;

/**
 * Reads the manifests of the files or folders in `args` (as menus, code lenses and the palette hand
 * them over), or of the active editor. Unsaved edits are saved first: what is deployed is what is
 * on disk, but for a document that has never had a file. Throws an Error that says what is wrong or
 * missing, and where.
 */
export async function readSources(args: readonly unknown[]): Promise<Sources> {
  const chosen = chosenUris(args);
  if (chosen.length === 0) {
    throw new Error(vscode.l10n.t('Open a manifest, or choose a file or folder in the Explorer.'));
  }
  const files: vscode.Uri[] = [];
  for (const uri of chosen) files.push(...(await filesIn(uri)));
  await saveDirty(files);
  const sources: ManifestSource[] = [];
  const used: vscode.Uri[] = [];
  for (const uri of files) {
    const text = await textOf(uri);
    const isChosen = chosen.some((other) => other.toString() === uri.toString());
    // In a folder there are other files, too; a file that was named must be a manifest.
    if (!isChosen && !isToDeploy(uri, text)) continue;
    used.push(uri);
    sources.push({ path: vscode.workspace.asRelativePath(uri), text });
  }
  const objects = parse(sources, used);
  const title = chosen.length === 1 ? nameOf(chosen[0]) : `${chosen.length} files`;
  if (objects.length === 0) {
    throw new Error(vscode.l10n.t('There is no Kubernetes object in {0}.', title));
  }
  const builds = used.filter(
    ({ scheme }, index) =>
      scheme === 'file' && sources[index]?.text.includes(buildAnnotation) === true,
  );
  return { title, builds: builds.map((uri) => uri.fsPath), files: used, sources, objects };
}

/** Of the files in a folder. What kustomize and Helm read is for them, and no object of a cluster. */
function isToDeploy(uri: vscode.Uri, text: string): boolean {
  return !isToolFile(uri.path) && looksLikeManifest(text) && !looksLikeTemplate(text);
}

async function textOf(uri: vscode.Uri): Promise<string> {
  const open = vscode.workspace.textDocuments.find((d) => d.uri.toString() === uri.toString());
  if (uri.scheme === 'untitled') return open?.getText() ?? '';
  try {
    return Buffer.from(await vscode.workspace.fs.readFile(uri)).toString('utf8');
  } catch (error) {
    throw readError(uri, error);
  }
}

function readError(uri: vscode.Uri, error: unknown): Error {
  const code = error instanceof vscode.FileSystemError ? error.code : '';
  const name = nameOf(uri);
  if (code === 'FileNotFound')
    return new Error(
      vscode.l10n.t(
        '{0} is not on disk any more. Save it, then try again. Nothing was sent.',
        name,
      ),
    );
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(vscode.l10n.t('{0} cannot be read. Nothing was sent. ({1})', name, reason));
}

function parse(sources: readonly ManifestSource[], files: readonly vscode.Uri[]) {
  try {
    return parseManifests(sources);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    const { path, line } = error;
    const uri = files[sources.findIndex((source) => source.path === path)];
    if (uri === undefined) throw error;
    throw new ActionableError(vscode.l10n.t('{0}. Nothing was sent.', error.message), [
      { title: vscode.l10n.t('Go to Line {0}', line), run: () => showLine(uri, line) },
    ]);
  }
}

/** Opens a file at a line, counted from 1. */
export async function showLine(uri: vscode.Uri, line: number): Promise<void> {
  const at = new vscode.Position(Math.max(0, line - 1), 0);
  await vscode.window.showTextDocument(uri, {
    selection: new vscode.Range(at, at),
    viewColumn: vscode.ViewColumn.One,
  });
}

function chosenUris(args: readonly unknown[]): vscode.Uri[] {
  const [first, second] = args;
  if (Array.isArray(second) && second.length > 0)
    return second.filter((u) => u instanceof vscode.Uri);
  if (first instanceof vscode.Uri) return [first];
  if (typeof first === 'string') return [vscode.Uri.parse(first, true)];
  const active = vscode.window.activeTextEditor?.document.uri;
  return active !== undefined && /^(file|untitled)$/.test(active.scheme) ? [active] : [];
}

async function filesIn(uri: vscode.Uri): Promise<vscode.Uri[]> {
  if (uri.scheme === 'untitled') return [uri];
  const { type } = await vscode.workspace.fs.stat(uri).then(undefined, (error: unknown) => {
    throw readError(uri, error);
  });
  if ((type & vscode.FileType.Directory) === 0) return [uri];
  const pattern = new vscode.RelativePattern(uri, '**/*.{yaml,yml,json}');
  const ignored = '**/{node_modules,.git}/**';
  const found = await vscode.workspace.findFiles(pattern, ignored, maxFiles + 1);
  if (found.length > maxFiles) {
    throw new Error(
      vscode.l10n.t(
        '{0} has more than {1} YAML and JSON files. Choose a folder in it. Nothing was sent.',
        nameOf(uri),
        maxFiles,
      ),
    );
  }
  return found
    .filter((file) => patterns.test(file.path))
    .sort((a, b) => a.path.localeCompare(b.path));
}

/** Throws where one of them cannot be saved; the editor has then said why. */
async function saveDirty(files: readonly vscode.Uri[]): Promise<void> {
  const wanted = new Set(files.map((uri) => uri.toString()));
  for (const document of vscode.workspace.textDocuments) {
    if (!document.isDirty || document.isUntitled || !wanted.has(document.uri.toString())) continue;
    if (await document.save()) continue;
    throw new Error(vscode.l10n.t('{0} was not saved, so nothing was sent.', nameOf(document.uri)));
  }
}

function nameOf(uri: vscode.Uri | undefined): string {
  return uri?.path.replace(/\/$/, '').split('/').pop() ?? '';
}
