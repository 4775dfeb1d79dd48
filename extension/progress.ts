/** Work that is mostly quick: told in the status bar, and once it takes longer where it can be cancelled. */
import * as vscode from 'vscode';

const patienceMs = 1_000;

export interface Progress {
  report(message: string): void;
  readonly signal: AbortSignal;
}

/**
 * Runs with progress in the status bar; after a second also in a notification with a button that
 * aborts `signal`. What that means is for `run` to say, whose result or error this one's is.
 */
export async function withPatience<T>(
  title: string,
  run: (progress: Progress) => Promise<T>,
): Promise<T> {
  const { Notification, Window } = vscode.ProgressLocation;
  const abort = new AbortController();
  let message = '';
  const shown = new Set<vscode.Progress<{ message: string }>>();
  const work = run({
    signal: abort.signal,
    report: (next) => {
      message = next;
      for (const progress of shown) progress.report({ message });
    },
  });
  const show = (location: vscode.ProgressLocation, cancellable: boolean) =>
    vscode.window.withProgress({ location, title, cancellable }, (progress, token) => {
      shown.add(progress);
      if (message !== '') progress.report({ message });
      token.onCancellationRequested(() => abort.abort());
      return work.then(
        () => {},
        () => {},
      );
    });
  void show(Window, false);
  const slow = setTimeout(() => void show(Notification, true), patienceMs);
  try {
    return await work;
  } finally {
    clearTimeout(slow);
  }
}
