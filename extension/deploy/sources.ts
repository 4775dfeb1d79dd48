/** From what a command was called on to the manifests that it means. */
import * as vscode from 'vscode';
import {
  type ManifestDocument,
  ManifestError,
  type ManifestSource,
  parseManifests,
} from '../../runtime/client/manifests.ts';
import { ActionableError } from '../actionable-error.ts';
import { looksLikeManifest, looksLikeTemplate } from './manifest-text.ts';

export interface Sources {
  /** What to call it in titles: a file's or folder's name. */
  title: string;
  /** What was chosen: files or folders, for the runtime's own commands. */
  paths: string[];
  files: vscode.Uri[];
  sources: ManifestSource[];
  objects: ManifestDocument[];
}

const maxFiles = 500;
const patterns = /\.(ya?ml|json)$/i;

/**
 * Reads the manifests of the files or folders in `args` (as menus, code lenses and the palette hand
 * them over), or of the active editor. Unsaved edits are saved first: what is deployed is what is
 * on disk. Throws an Error that says what is wrong or missing, and where.
 */
export async function readSources(args: readonly unknown[]): Promise<Sources> {
  const chosen = chosenUris(args);
  if (chosen.length === 0) {
    throw new Error(vscode.l10n.t('Open a manifest, or choose a file or folder in the Explorer.'));
  }
  const files: vscode.Uri[] = [];
  for (const uri of chosen) files.push(...(await filesIn(uri)));
  if (!(await saveDirty(files))) throw new vscode.CancellationError();
  const sources: ManifestSource[] = [];
  const used: vscode.Uri[] = [];
  for (const uri of files) {
    const text = Buffer.from(await vscode.workspace.fs.readFile(uri)).toString('utf8');
    const isChosen = chosen.some((other) => other.toString() === uri.toString());
    // In a folder there are other files, too; a file that was named must be a manifest.
    if (!isChosen && (!looksLikeManifest(text) || looksLikeTemplate(text))) continue;
    used.push(uri);
    sources.push({ path: vscode.workspace.asRelativePath(uri), text });
  }
  const objects = parse(sources, used);
  const title = chosen.length === 1 ? nameOf(chosen[0]) : `${chosen.length} files`;
  if (objects.length === 0) {
    throw new Error(vscode.l10n.t('There is no Kubernetes object in {0}.', title));
  }
  return { title, paths: chosen.map((uri) => uri.fsPath), files: used, sources, objects };
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
  const active = vscode.window.activeTextEditor?.document;
  return active === undefined || active.uri.scheme !== 'file' ? [] : [active.uri];
}

async function filesIn(uri: vscode.Uri): Promise<vscode.Uri[]> {
  const { type } = await vscode.workspace.fs.stat(uri);
  if ((type & vscode.FileType.Directory) === 0) return [uri];
  const pattern = new vscode.RelativePattern(uri, '**/*.{yaml,yml,json}');
  const found = await vscode.workspace.findFiles(pattern, '**/{node_modules,.git}/**', maxFiles);
  return found
    .filter((file) => patterns.test(file.path))
    .sort((a, b) => a.path.localeCompare(b.path));
}

async function saveDirty(files: readonly vscode.Uri[]): Promise<boolean> {
  const wanted = new Set(files.map((uri) => uri.toString()));
  for (const document of vscode.workspace.textDocuments) {
    if (!document.isDirty || !wanted.has(document.uri.toString())) continue;
    if (!(await document.save())) return false;
  }
  return true;
}

function nameOf(uri: vscode.Uri | undefined): string {
  return uri?.path.replace(/\/$/, '').split('/').pop() ?? '';
}
