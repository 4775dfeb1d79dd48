/** Work on many objects: told as it goes, and ended early where there is no use in it. */
import * as vscode from 'vscode';
import { isUnreachable } from '../../runtime/client/transport.ts';
import type { Progress } from '../progress.ts';
import { sentence } from '../sentence.ts';
import type { Sources } from './sources.ts';

interface Result {
  title: string;
  state: string;
  error?: Error;
}

/**
 * Says how far it is; returns what was done by the time that it was cancelled.
 * Throws where the server is gone: it would not hear of the other objects either.
 */
export async function objectByObject<R extends Result>(
  { objects, title }: Pick<Sources, 'objects' | 'title'>,
  { report, signal }: Progress,
  run: (onResult: (result: R) => void) => Promise<R[]>,
): Promise<R[]> {
  const done: R[] = [];
  try {
    return await run((result) => {
      if (isUnreachable(result.error)) throw lost(title, done.length, objects.length, result);
      done.push(result);
      report(vscode.l10n.t('{0} of {1}: {2}', done.length, objects.length, result.title));
    });
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    return done;
  }
}

function lost(title: string, done: number, all: number, { error }: Result): Error {
  const reason = sentence(error?.message ?? '');
  return new Error(
    done === 0
      ? vscode.l10n.t('Nothing of {0} was sent. {1}', title, reason)
      : vscode.l10n.t(
          'Only {0} of {1} objects of {2} were sent. {3} Try again for the others.',
          done,
          all,
          title,
          reason,
        ),
  );
}
