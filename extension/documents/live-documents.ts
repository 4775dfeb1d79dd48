/**
 * Live objects as files (scheme `skiff`: saving writes to the cluster) and pages of details about
 * them (scheme `skiff-details`: read-only, kept up to date while they are open).
 */
import * as vscode from 'vscode';
import type { KubeObject } from '../../runtime/api/object.ts';
import { isApiError } from '../../runtime/api/status.ts';
import type { CoreEvent } from '../../runtime/api/types.ts';
import { at, events } from '../../runtime/client/resources.ts';
import type { Connections } from '../clusters/connections.ts';
import type { Session } from '../clusters/session.ts';
import { detailsScheme, liveScheme } from '../ids.ts';
import type { Target } from '../targets.ts';
import { detailsText } from './details.ts';
import { editedObject, LiveTextError, liveText } from './live-text.ts';
import { type LiveObject, livePath, parseLivePath } from './uri.ts';

const { FileSystemError } = vscode;
const detailsRefreshMs = 2_000;

interface Known {
  text: string;
  /** Rises when the text does, not when the object does: a status may change every second. */
  mtime: number;
}

export class LiveDocuments
  implements vscode.FileSystemProvider, vscode.TextDocumentContentProvider, vscode.Disposable
{
  readonly #connections: Connections;
  readonly #fileChanged = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.#fileChanged.event;
  readonly #pageChanged = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#pageChanged.event;
  readonly #known = new Map<string, Known>();
  readonly #pages = new Map<string, string>();
  readonly #registrations: vscode.Disposable;
  #timer: NodeJS.Timeout | undefined;

  constructor(connections: Connections) {
    this.#connections = connections;
    this.#registrations = vscode.Disposable.from(
      vscode.workspace.registerFileSystemProvider(liveScheme, this, { isCaseSensitive: true }),
      vscode.workspace.registerTextDocumentContentProvider(detailsScheme, this),
      vscode.workspace.onDidCloseTextDocument((document) => {
        this.#pages.delete(document.uri.toString());
      }),
    );
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#registrations.dispose();
  }

  async openYaml(target: Target): Promise<void> {
    const uri = vscode.Uri.from({ scheme: liveScheme, path: livePath(liveObjectOf(target)) });
    await vscode.window.showTextDocument(uri, { preview: true });
  }

  async openDetails(target: Target): Promise<void> {
    const path = livePath(liveObjectOf(target), '.details');
    const uri = vscode.Uri.from({ scheme: detailsScheme, path });
    const document = await vscode.workspace.openTextDocument(uri);
    const yaml = await vscode.languages.setTextDocumentLanguage(document, 'yaml');
    await vscode.window.showTextDocument(yaml, { preview: true, preserveFocus: true });
    this.#timer ??= setInterval(() => void this.#refreshPages(), detailsRefreshMs);
  }

  /** The page of details. */
  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const live = parseLivePath(uri.path, '.details');
    if (live === undefined) return '';
    let text: string;
    try {
      const session = await this.#session(live);
      const object = await session.client.get(at(live.resource, live.name, live.namespace));
      text = detailsText(object, await eventsOf(session, object), Date.now());
    } catch (error) {
      text = `# ${isApiError(error, 'NotFound') ? `${live.name} is gone` : message(error)}\n`;
    }
    this.#pages.set(uri.toString(), text);
    return text;
  }

  /** Pages that somebody sees are read again; the editor asks for those that changed. */
  async #refreshPages(): Promise<void> {
    const seen = new Set(
      vscode.window.visibleTextEditors
        .map((editor) => editor.document.uri)
        .filter((uri) => uri.scheme === detailsScheme)
        .map((uri) => uri.toString()),
    );
    for (const key of seen) {
      const before = this.#pages.get(key);
      const uri = vscode.Uri.parse(key, true);
      if (before !== undefined && (await this.provideTextDocumentContent(uri)) !== before) {
        this.#pageChanged.fire(uri);
      }
    }
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { known } = await this.#read(uri);
    return {
      type: vscode.FileType.File,
      ctime: 0,
      mtime: known.mtime,
      size: Buffer.byteLength(known.text),
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return Buffer.from((await this.#read(uri)).known.text);
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const live = liveObject(uri);
    const before = this.#known.get(uri.toString());
    const { object, session, known } = await this.#read(uri);
    // The editor has compared times before it calls; this is for a change since that moment.
    if (before !== undefined && before.text !== known.text) {
      throw new FileSystemError('The object has changed in the cluster. Compare, then save again.');
    }
    try {
      const edited = editedObject(Buffer.from(content).toString('utf8'), object);
      const target = at(live.resource, live.name, live.namespace);
      const saved = await session.client.update(target, edited, {
        fieldManager: 'skiff',
        fieldValidation: 'Strict',
      });
      this.#remember(uri, saved);
    } catch (error) {
      if (isApiError(error, 'Conflict')) {
        throw new FileSystemError('The object changed while it was saved. Save again.');
      }
      if (error instanceof LiveTextError || isApiError(error)) {
        throw new FileSystemError(message(error));
      }
      throw error;
    }
  }

  /** Changes in the cluster reach an editor that has no edits of its own. */
  watch(uri: vscode.Uri): vscode.Disposable {
    const timer = setInterval(() => {
      const before = this.#known.get(uri.toString());
      const isOpen = vscode.workspace.textDocuments.some(
        (d) => d.uri.toString() === uri.toString(),
      );
      if (before === undefined || !isOpen) return;
      this.#read(uri).then(
        ({ known }) => {
          if (known.text !== before.text) {
            this.#fileChanged.fire([{ type: vscode.FileChangeType.Changed, uri }]);
          }
        },
        (error) => {
          if (error instanceof FileSystemError && error.code === 'FileNotFound') {
            this.#known.delete(uri.toString());
            this.#fileChanged.fire([{ type: vscode.FileChangeType.Deleted, uri }]);
          }
        },
      );
    }, detailsRefreshMs);
    return new vscode.Disposable(() => clearInterval(timer));
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(): void {
    throw FileSystemError.NoPermissions('Objects of a cluster have no folders');
  }

  delete(uri: vscode.Uri): void {
    throw FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): void {
    throw FileSystemError.NoPermissions(uri);
  }

  async #read(uri: vscode.Uri): Promise<{ object: KubeObject; session: Session; known: Known }> {
    const live = liveObject(uri);
    try {
      const session = await this.#session(live);
      const object = await session.client.get(at(live.resource, live.name, live.namespace));
      return { object, session, known: this.#remember(uri, object) };
    } catch (error) {
      if (isApiError(error, 'NotFound')) throw FileSystemError.FileNotFound(uri);
      if (isApiError(error, 'Forbidden')) throw FileSystemError.NoPermissions(message(error));
      throw error instanceof FileSystemError ? error : FileSystemError.Unavailable(message(error));
    }
  }

  #remember(uri: vscode.Uri, object: KubeObject): Known {
    const key = uri.toString();
    const text = liveText(object);
    const before = this.#known.get(key);
    if (before?.text === text) return before;
    const known = { text, mtime: Math.max(Date.now(), (before?.mtime ?? 0) + 1) };
    this.#known.set(key, known);
    return known;
  }

  /** Only the session of the context that the URI names will do. */
  async #session(live: LiveObject): Promise<Session> {
    await this.#connections.connect();
    const { session } = this.#connections;
    if (session?.context === live.context) return session;
    throw FileSystemError.Unavailable(
      `This is from the context "${live.context}", which is not the one that is connected`,
    );
  }
}

function liveObject(uri: vscode.Uri): LiveObject {
  const live = parseLivePath(uri.path);
  if (live === undefined) throw FileSystemError.FileNotFound(uri);
  return live;
}

function liveObjectOf({ session, resource, namespace, name }: Target): LiveObject {
  return {
    context: session.context,
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    name,
  };
}

async function eventsOf(session: Session, object: KubeObject): Promise<CoreEvent[]> {
  const { uid, namespace } = object.metadata;
  const list = await session.client
    .list<CoreEvent>(
      { ...events, ...(namespace === undefined ? {} : { namespace }) },
      { fieldSelector: `involvedObject.uid=${uid}` },
    )
    .catch(() => undefined);
  return list?.items ?? [];
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
