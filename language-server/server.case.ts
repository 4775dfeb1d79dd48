/** A client and a server at the two ends of two pipes. */
import { PassThrough } from 'node:stream';
import type {
  ConfigurationParams,
  InitializeResult,
  PublishDiagnosticsParams,
} from 'vscode-languageserver';
import {
  createConnection,
  createProtocolConnection,
  type ProtocolConnection,
} from 'vscode-languageserver/node';
import { VirtualClock } from '../runtime/api/clock.ts';
import { schemaDirectory } from '../runtime/api/schema-bundle.case.ts';
import type { Files } from './files.ts';
import { startServer } from './server.ts';

export interface ClientOptions {
  readonly files: Files;
  /** The user's `skiff` section; read each time that the server asks. */
  readonly settings?: object;
  /** Settings that are not ours, by name; read each time, too. */
  readonly editorSettings?: Readonly<Record<string, unknown>>;
  /** URIs; `file:///w` if left out. */
  readonly folders?: readonly string[];
  /** Called before the server hears of anything. */
  prepare?(client: ProtocolConnection): void;
}

export interface Connected {
  readonly client: ProtocolConnection;
  readonly clock: VirtualClock;
  readonly initialized: InitializeResult;
  readonly published: PublishDiagnosticsParams[];
  open(uri: string, text: string): Promise<void>;
  /** Waits for diagnostics that satisfy, however often they are published before. */
  diagnostics(uri: string, wanted: (messages: string[]) => boolean): Promise<string[]>;
  close(): void;
}

export async function connectClient(options: ClientOptions): Promise<Connected> {
  const toServer = new PassThrough();
  const toClient = new PassThrough();
  const clock = new VirtualClock();
  const server = createConnection(toServer, toClient);
  startServer(server, {
    schemaDirectory: '/nowhere',
    documentation: 'file:///docs/rules/',
    files: options.files,
    clock,
  });
  const client = createProtocolConnection(toClient, toServer);
  const published: PublishDiagnosticsParams[] = [];
  const waiting = new Set<() => void>();
  client.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
    published.push(params);
    for (const look of waiting) look();
  });
  client.onRequest('client/registerCapability', () => null);
  client.onRequest('workspace/configuration', ({ items }: ConfigurationParams) =>
    items.map(({ section = '' }) =>
      section === 'skiff' ? (options.settings ?? {}) : (options.editorSettings?.[section] ?? null),
    ),
  );
  options.prepare?.(client);
  client.listen();
  const initialized = await client.sendRequest<InitializeResult>('initialize', {
    processId: null,
    rootUri: null,
    capabilities: {
      window: { workDoneProgress: true },
      workspace: {
        configuration: true,
        workspaceFolders: true,
        didChangeWatchedFiles: { dynamicRegistration: true },
      },
    },
    workspaceFolders: (options.folders ?? ['file:///w']).map((uri) => ({ uri, name: uri })),
    initializationOptions: { schemaDirectory: schemaDirectory() },
  });
  await client.sendNotification('initialized', {});
  return {
    client,
    clock,
    initialized,
    published,
    open: (uri, text) =>
      client.sendNotification('textDocument/didOpen', {
        textDocument: { uri, languageId: 'yaml', version: 1, text },
      }),
    diagnostics: (uri, wanted) =>
      new Promise((resolve) => {
        const look = () => {
          const last = published.findLast((each) => each.uri === uri);
          const messages = last?.diagnostics.map(({ message }) => message.toString());
          if (messages === undefined || !wanted(messages)) return;
          waiting.delete(look);
          resolve(messages);
        };
        waiting.add(look);
        look();
      }),
    close: () => {
      client.dispose();
      server.dispose();
    },
  };
}
