/** The two sides of a comparison, as documents that live as long as somebody looks at them. */
import * as vscode from 'vscode';

const scheme = 'skiff-diff';

export interface Comparison {
  /** `Deployment web` */
  label: string;
  /** What the cluster has; empty for an object that is not there. */
  live: string;
  /** What it would have. */
  next: string;
}

export class DiffDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  #count = 0;

  dispose(): void {
    this.#registration.dispose();
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.path) ?? '';
  }

  /** One comparison opens as a plain diff, several as one list of diffs. */
  async show(title: string, comparisons: readonly Comparison[]): Promise<void> {
    this.#texts.clear();
    const run = ++this.#count;
    const pairs = comparisons.map(({ label, live, next }) => {
      const file = label.replace(/[^\w.-]+/g, ' ');
      return [
        vscode.Uri.from({ scheme, path: `/${file}.yaml` }),
        this.#keep(`/${run}/cluster/${file}.yaml`, live),
        this.#keep(`/${run}/file/${file}.yaml`, next),
      ] as const;
    });
    const [first] = pairs;
    if (pairs.length === 1 && first !== undefined) {
      await vscode.commands.executeCommand('vscode.diff', first[1], first[2], title);
    } else await vscode.commands.executeCommand('vscode.changes', title, pairs);
  }

  #keep(path: string, text: string): vscode.Uri {
    this.#texts.set(path, text);
    return vscode.Uri.from({ scheme, path });
  }
}
