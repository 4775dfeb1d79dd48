/**
 * The language server's client as we want it: it tells nobody what only the output should say. The
 * library behind it is half of the extension's code, so this file is imported when it is needed.
 */
import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  type ErrorHandler,
  LanguageClient,
  type LanguageClientOptions,
  State,
  TransportKind,
} from 'vscode-languageclient/node';
import type { Clock } from '../runtime/api/clock.ts';
import { crashLimit, createCrashLimit } from './server-crashes.ts';

/** After so many messages in a row that cannot be written, the server is taken for one that ended. */
const maxWriteErrors = 3;

/** What fails goes to the output; what a person must know of it is told by who made the client. */
export class QuietClient extends LanguageClient {
  /** `module`: the server's program, which gets a process of its own. */
  constructor(module: string, options: LanguageClientOptions) {
    const run = { module, transport: TransportKind.ipc };
    const debug = { ...run, options: { execArgv: ['--nolazy', '--inspect=6019'] } };
    super('skiff.languageServer', 'Skiff Language Server', { run, debug }, options);
  }

  get isReady(): boolean {
    return this.state === State.Running;
  }

  /** Called each time that the server is ready, also when it has come back. */
  onReady(listener: () => void): void {
    this.onDidChangeState(({ newState }) => {
      if (newState === State.Running) listener();
    });
  }

  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

export interface ErrorHandlerConfig {
  clock: Clock;
  /** Whether the server has ever been ready: one that does not even start is not begun anew. */
  hasRun(): boolean;
  /** It has ended too often; told why, for the end of a sentence. */
  onGivenUp(reason: string): void;
}

export function createErrorHandler({ clock, hasRun, onGivenUp }: ErrorHandlerConfig): ErrorHandler {
  const mayRestart = createCrashLimit(clock);
  return {
    error: (_error, _message, count) => ({
      action: (count ?? 0) <= maxWriteErrors ? ErrorAction.Continue : ErrorAction.Shutdown,
    }),
    closed: () => {
      if (hasRun() && mayRestart()) return { action: CloseAction.Restart, handled: true };
      if (hasRun()) onGivenUp(tooManyEnds());
      return { action: CloseAction.DoNotRestart, handled: true };
    },
  };
}

function tooManyEnds(): string {
  const { count, withinMs } = crashLimit;
  return vscode.l10n.t(
    'the language server has ended {0} times within {1} minutes',
    count,
    withinMs / 60_000,
  );
}
