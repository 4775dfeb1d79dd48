/**
 * What a session shows after anything that can happen to files, open or not, is what one shows that
 * has just begun.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileChangeType } from 'vscode-languageserver';
import { memoryFiles } from './language-server.case.ts';
import { object, text } from './random-manifests.case.ts';
import { type Connected, connectClient } from './server.case.ts';

const path = fc.constantFrom('/w/a.yaml', '/w/b.yaml', '/w/c.yaml', '/w/kustomization.yaml');
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
    more: fc.constantFrom('', 'x', '\n', '---\n', ': ', '- '),
  }),
  fc.record({ do: fc.constant('write' as const), path, text }),
  fc.record({ do: fc.constant('remove' as const), path }),
  fc.record({ do: fc.constant('rename' as const), path, to: path }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const settings = { validation: { packs: ['best-practice'] } };
const uriOf = (of: string) => `file://${of}`;
/** So often time goes on before what is shown counts as what is shown in the end. */
const patience = 60;

/** An editor, its disk, and what it shows. */
class Editor {
  readonly disk: Record<string, string> = {};
  readonly open = new Map<string, { text: string; version: number }>();
  readonly #connected: Connected;

  constructor(connected: Connected) {
    this.#connected = connected;
  }

  static async begin(disk: Record<string, string>): Promise<Editor> {
    const editor = new Editor(await connectClient({ files: memoryFiles(disk), settings }));
    return Object.assign(editor, { disk });
  }

  get close(): () => void {
    return this.#connected.close;
  }

  async apply(step: Step): Promise<void> {
    const { client } = this.#connected;
    const { path: of } = step;
    const textDocument = { uri: uriOf(of) };
    const open = this.open.get(of);
    if (step.do === 'open') {
      const own = this.disk[of];
      if (open === undefined && own !== undefined) await this.openWith(of, own);
    } else if (step.do === 'close') {
      if (open === undefined) return;
      this.open.delete(of);
      await client.sendNotification('textDocument/didClose', { textDocument });
    } else if (step.do === 'type') {
      if (open === undefined) return;
      const from = step.at % (open.text.length + 1);
      open.version += 1;
      open.text = open.text.slice(0, from) + step.more + open.text.slice(from + step.cut);
      await client.sendNotification('textDocument/didChange', {
        textDocument: { ...textDocument, version: open.version },
        contentChanges: [{ text: open.text }],
      });
    } else if (step.do === 'write') await this.#write(of, step.text);
    else if (step.do === 'remove') await this.#write(of, undefined);
    else {
      const own = this.disk[of];
      await this.#write(of, undefined);
      await this.#write(step.to, own);
    }
  }

  async openWith(of: string, own: string): Promise<void> {
    this.open.set(of, { text: own, version: 1 });
    await this.#connected.open(uriOf(of), own);
  }

  async #write(of: string, own: string | undefined): Promise<void> {
    const was = this.disk[of];
    if (own === undefined) delete this.disk[of];
    else this.disk[of] = own;
    if (was === undefined && own === undefined) return;
    const { Created, Changed, Deleted } = FileChangeType;
    const type = own === undefined ? Deleted : was === undefined ? Created : Changed;
    await this.#connected.client.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: uriOf(of), type }],
    });
  }

  /** Time goes on, and what has been said is heard. */
  async pass(): Promise<void> {
    await this.#connected.client.sendRequest('workspace/symbol', { query: '' });
    await this.#connected.clock.advance(500);
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
        fc.tuple(text, text, text),
        fc.array(fc.tuple(step, fc.boolean()), { minLength: 3, maxLength: 14 }),
        async ([a, b, c], steps) => {
          const editor = await Editor.begin({ '/w/a.yaml': a, '/w/b.yaml': b, '/w/c.yaml': c });
          await editor.apply({ do: 'open', path: '/w/a.yaml' });
          for (const [each, waits] of steps) {
            await editor.apply(each);
            if (waits) await editor.pass();
          }
          const fresh = await Editor.begin({ ...editor.disk });
          for (const [of, { text: own }] of editor.open) await fresh.openWith(of, own);
          const stringified = (of: Editor) => JSON.stringify(of.shown());
          for (let turn = 0; turn < patience; turn++) {
            await Promise.all([editor.pass(), fresh.pass()]);
            if (turn > 2 && stringified(editor) === stringified(fresh)) break;
          }
          expect(editor.shown()).toEqual(fresh.shown());
          editor.close();
          fresh.close();
        },
      ),
      { numRuns: Number(process.env.SESSION_RUNS ?? 25) },
    );
  });
});
