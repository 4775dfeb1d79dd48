/**
 * What a session shows after anything that can happen to files, open or not, is what one shows that
 * has just begun.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CancellationTokenSource, FileChangeType, LSPErrorCodes } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { documentTexts } from './documents.ts';
import { memoryFiles } from './language-server.case.ts';
import { object, text } from './random-manifests.case.ts';
import { type Connected, connectClient } from './server.case.ts';

const path = fc.constantFrom(
  ...['/w/a.yaml', '/w/b.yaml', '/w/c.yaml', '/w/kustomization.yaml', '/w/in/d.yaml', '/v/e.yaml'],
);
/** Of a position: lines and columns that are there, and some that are not. */
const place = fc.record({ line: fc.integer({ min: 0, max: 40 }), character: fc.nat(60) });
const questions = [
  ...['hover', 'completion', 'definition', 'references', 'prepareRename', 'rename', 'documentLink'],
  ...['documentSymbol', 'foldingRange', 'codeLens', 'inlayHint', 'codeAction', 'formatting'],
  ...['selectionRange', 'signatureHelp', 'prepareCallHierarchy'],
];
/** What typing puts in: line ends of all sorts, halves of characters, a line that is long. */
const typed = fc.constantFrom(
  ...['', 'x', '\n', '\r\n', '\r', '---\n', ': ', '- ', '\ud83d', '\ude00', '😀', '{', '"', '\t'],
  'long '.repeat(2000),
);
const usualSettings = { validation: { packs: ['best-practice'] } };
const settingsOf = fc.constantFrom<object>(
  usualSettings,
  {},
  { validation: { enabled: false } },
  { validation: { rules: { 'missing-reference': 'off', 'unknown-field': 'information' } } },
);
const step = fc.oneof(
  fc.record({ do: fc.constant('open' as const), path }),
  fc.record({ do: fc.constant('open' as const), path }),
  fc.record({ do: fc.constant('close' as const), path }),
  fc.record({
    do: fc.constant('type' as const),
    path,
    at: fc.nat(),
    cut: fc.nat(30),
    more: object,
  }),
  fc.record({
    do: fc.constant('type' as const),
    path,
    at: fc.nat(),
    cut: fc.nat(9),
    more: typed,
  }),
  fc.record({ do: fc.constant('edit' as const), path, from: place, to: place, more: typed }),
  fc.record({
    do: fc.constant('ask' as const),
    path,
    question: fc.constantFrom(...questions),
    at: place,
    cancelled: fc.boolean(),
  }),
  fc.record({ do: fc.constant('set' as const), path, settings: settingsOf }),
  fc.record({ do: fc.constant('folder' as const), path: fc.constantFrom('/w', '/w/in', '/v') }),
  fc.record({ do: fc.constant('vanish' as const), path, type: fc.constantFrom(1, 2, 3) }),
  fc.record({ do: fc.constant('write' as const), path, text }),
  fc.record({ do: fc.constant('remove' as const), path }),
  fc.record({ do: fc.constant('rename' as const), path, to: path }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const uriOf = (of: string) => `file://${of}`;
/** So often time goes on before what is shown counts as what is shown in the end. */
const patience = 60;

/** What a client must bear with. */
const given: readonly number[] = [LSPErrorCodes.RequestCancelled, LSPErrorCodes.ContentModified];

interface Surroundings {
  readonly disk: Record<string, string>;
  readonly folders: readonly string[];
  readonly settings: object;
}

/** An editor, its disk, and what it shows. */
class Editor {
  readonly disk: Record<string, string>;
  readonly open = new Map<string, TextDocument>();
  readonly folders: Set<string>;
  settings: object;
  /** Answers that nobody should get, and what the server logged. */
  readonly failures: string[] = [];
  readonly #asked: Promise<unknown>[] = [];
  #connected!: Connected;

  private constructor({ disk, folders, settings }: Surroundings) {
    this.disk = { ...disk };
    this.folders = new Set(folders);
    this.settings = settings;
  }

  static async begin(surroundings: Surroundings): Promise<Editor> {
    const editor = new Editor(surroundings);
    editor.#connected = await connectClient({
      files: memoryFiles(editor.disk),
      folders: surroundings.folders.map(uriOf),
      get settings() {
        return editor.settings;
      },
      prepare: (client) => {
        client.onNotification('window/logMessage', ({ message }) => {
          editor.failures.push(message);
        });
      },
    });
    return editor;
  }

  get close(): () => void {
    return this.#connected.close;
  }

  async apply(step: Step): Promise<void> {
    const { client } = this.#connected;
    const { path: of } = step;
    const textDocument = { uri: uriOf(of) };
    const open = this.open.get(of);
    switch (step.do) {
      case 'open': {
        const own = this.disk[of];
        if (open === undefined && own !== undefined) await this.openWith(of, own);
        return;
      }
      case 'close':
        if (open === undefined) return;
        this.open.delete(of);
        return client.sendNotification('textDocument/didClose', { textDocument });
      case 'type': {
        if (open === undefined) return;
        const own = open.getText();
        const from = step.at % (own.length + 1);
        const text = own.slice(0, from) + step.more + own.slice(from + step.cut);
        return this.#change(open, { text });
      }
      case 'edit':
        if (open === undefined) return;
        return this.#change(open, { range: { start: step.from, end: step.to }, text: step.more });
      case 'ask':
        return this.#ask(step.question, of, step.at, step.cancelled);
      case 'set':
        this.settings = step.settings;
        return client.sendNotification('workspace/didChangeConfiguration', { settings: null });
      case 'folder':
        return this.#toggle(of);
      case 'vanish':
        // It was there for a moment, and nobody could read it.
        return this.disk[of] === undefined
          ? this.#tell(of, step.type as FileChangeType)
          : undefined;
      case 'write':
        return this.#write(of, step.text);
      case 'remove':
        return this.#write(of, undefined);
      case 'rename': {
        const own = this.disk[of];
        await this.#write(of, undefined);
        return this.#write(step.to, own);
      }
    }
  }

  async openWith(of: string, own: string): Promise<void> {
    this.open.set(of, TextDocument.create(uriOf(of), 'yaml', 1, own));
    await this.#connected.open(uriOf(of), own);
  }

  #change(open: TextDocument, change: Parameters<typeof TextDocument.update>[1][number]) {
    const version = open.version + 1;
    documentTexts.update(open, [change], version);
    return this.#connected.client.sendNotification('textDocument/didChange', {
      textDocument: { uri: open.uri, version },
      contentChanges: [change],
    });
  }

  /** Does not wait for the answer. */
  #ask(
    question: string,
    of: string,
    position: typeof place extends fc.Arbitrary<infer P> ? P : never,
    cancelled: boolean,
  ): void {
    const source = new CancellationTokenSource();
    const asked = this.#connected.client.sendRequest(
      `textDocument/${question}`,
      {
        textDocument: { uri: uriOf(of) },
        position,
        positions: [position],
        range: { start: position, end: position },
        context: { includeDeclaration: true, diagnostics: [] },
        options: { tabSize: 2, insertSpaces: true },
        newName: 'other',
      },
      source.token,
    );
    this.#asked.push(
      asked.catch((error) => {
        if (!given.includes(error.code)) this.failures.push(`${question}: ${error}`);
      }),
    );
    if (cancelled) source.cancel();
  }

  async #toggle(folder: string): Promise<void> {
    const isGone = this.folders.delete(folder);
    if (!isGone) this.folders.add(folder);
    const [one] = [{ uri: uriOf(folder), name: folder }];
    const event = { added: isGone ? [] : [one], removed: isGone ? [one] : [] };
    await this.#connected.client.sendNotification('workspace/didChangeWorkspaceFolders', { event });
  }

  /** Editors watch what is in their folders. */
  async #tell(of: string, type: FileChangeType): Promise<void> {
    if (![...this.folders].some((folder) => of.startsWith(`${folder}/`))) return;
    await this.#connected.client.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: uriOf(of), type }],
    });
  }

  async answered(): Promise<void> {
    await Promise.all(this.#asked);
  }

  async #write(of: string, own: string | undefined): Promise<void> {
    const was = this.disk[of];
    if (own === undefined) delete this.disk[of];
    else this.disk[of] = own;
    if (was === undefined && own === undefined) return;
    const { Created, Changed, Deleted } = FileChangeType;
    await this.#tell(of, own === undefined ? Deleted : was === undefined ? Created : Changed);
  }

  /** Time goes on, and what has been said is heard. */
  async pass(): Promise<void> {
    await this.#connected.client.sendRequest('workspace/symbol', { query: '' });
    await this.#connected.clock.advance(500);
  }

  /** Versions of which something was said after it had been said of later ones. */
  stale(): string[] {
    const last = new Map<string, number>();
    return this.#connected.published.flatMap(({ uri, version }) => {
      const before = last.get(uri) ?? 0;
      // Without a version the file was closed, and begins anew.
      last.set(uri, version ?? 0);
      return version !== undefined && version < before ? [`${uri}: ${version} < ${before}`] : [];
    });
  }

  /** What is underlined in the open files, by file. */
  shown(): Record<string, unknown> {
    const found = [...this.open.keys()].sort().map((of) => {
      const last = this.#connected.published.findLast(({ uri }) => uri === uriOf(of));
      return [of, last?.diagnostics];
    });
    return Object.fromEntries(found);
  }
}

describe('what a session shows', () => {
  it('is what one shows that has just begun', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(text, text, text, text),
        fc.array(fc.tuple(step, fc.boolean()), { minLength: 3, maxLength: 14 }),
        async ([a, b, c, e], steps) => {
          const disk = { '/w/a.yaml': a, '/w/b.yaml': b, '/w/c.yaml': c, '/v/e.yaml': e };
          const folders = ['/w'];
          const editor = await Editor.begin({ disk, folders, settings: usualSettings });
          await editor.apply({ do: 'open', path: '/w/a.yaml' });
          for (const [each, waits] of steps) {
            await editor.apply(each);
            if (waits) await editor.pass();
          }
          const fresh = await Editor.begin({ ...editor, folders: [...editor.folders] });
          for (const [of, document] of editor.open) await fresh.openWith(of, document.getText());
          const stringified = (of: Editor) => JSON.stringify(of.shown());
          for (let turn = 0; turn < patience; turn++) {
            await Promise.all([editor.pass(), fresh.pass()]);
            if (turn > 2 && stringified(editor) === stringified(fresh)) break;
          }
          await editor.answered();
          expect(editor.shown()).toEqual(fresh.shown());
          expect([...editor.failures, ...editor.stale(), ...fresh.failures]).toEqual([]);
          editor.close();
          fresh.close();
        },
      ),
      { numRuns: Number(process.env.SESSION_RUNS ?? 25) },
    );
  });
});
