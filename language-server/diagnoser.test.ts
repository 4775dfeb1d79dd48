import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { VirtualClock } from '../runtime/api/clock.ts';
import { Diagnoser } from './diagnoser.ts';
import { checkerOf, deployment } from './language-server.case.ts';
import { defaultSettings } from './settings.ts';

const uri = 'file:///w/a.yaml';

/** An editor with one document. */
function editor(text: string) {
  let document: TextDocument | undefined = TextDocument.create(uri, 'yaml', 1, text);
  const clock = new VirtualClock();
  const sent: { version: number | undefined; diagnostics: Diagnostic[] }[] = [];
  const errors: string[] = [];
  const diagnoser = new Diagnoser({
    checker: checkerOf(),
    clock,
    documents: {
      get: () => document,
      all: () => (document === undefined ? [] : [document]),
    },
    settings: () => defaultSettings,
    more: () => [],
    send: (_, diagnostics, version) => sent.push({ version, diagnostics }),
    logError: (message) => errors.push(message),
  });
  const tell = () => document !== undefined && diagnoser.changed(document);
  return {
    sent,
    errors,
    open: tell,
    type: (at: string, more: string) => {
      if (document === undefined) return;
      const offset = document.getText().lastIndexOf(at) + at.length;
      const position = document.positionAt(offset);
      const change = { range: { start: position, end: position }, text: more };
      document = TextDocument.update(document, [change], document.version + 1);
      tell();
    },
    close: () => {
      document = undefined;
      diagnoser.closed(uri);
    },
    /** Time goes on until the condition holds. */
    until: async (condition: () => boolean) => {
      while (!condition()) {
        await setImmediate();
        await clock.advance(600);
      }
    },
    turns: async (count: number) => {
      for (let turn = 0; turn < count; turn++) await setImmediate();
    },
  };
}

const many = Array.from({ length: 400 }, (_, at) =>
  deployment.replace('name: web', `name: web-${at}`),
).join('---\n');
const wrong = many.replace(/selector:(?![\s\S]*selector:)/, 'selectr:');

describe('a long file', () => {
  it('is checked to its end though someone types while it is being read', async () => {
    const { open, type, until, turns, sent, errors } = editor(wrong);
    open();
    for (let key = 0; key < 5; key++) {
      await turns(2);
      type('image: web:1', '2');
    }
    await until(() => sent.at(-1)?.version === 6);
    await until(() => sent.at(-1)?.diagnostics.length === 1);
    expect(sent.at(-1)?.diagnostics[0]?.message).toMatch(/Unknown field "selectr"/);
    expect(errors).toEqual([]);
  });

  it('is not spoken of any more once it is closed', async () => {
    const { open, close, turns, sent } = editor(wrong);
    open();
    await turns(2);
    close();
    const before = sent.length;
    await turns(50);
    expect(sent.slice(before)).toEqual([]);
    expect(sent.at(-1)?.diagnostics).toEqual([]);
  });

  it('that has more mistakes than an editor shows has the worst shown, and the number of the others', async () => {
    const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n';
    const { open, until, sent } = editor(`${map.repeat(1102)}kind: Pod\n`);
    open();
    await until(() => sent.at(-1)?.diagnostics.length === 1000);
    const messages = sent.at(-1)?.diagnostics.map(({ message }) => message) ?? [];
    expect(messages.some((message) => String(message).includes('apiVersion'))).toBe(true);
    expect(messages.at(-1)).toMatch(/^There are \d+ more problems in this file/);
  });

  it('says the same of what has only moved', async () => {
    const { open, type, until, sent } = editor(wrong);
    open();
    await until(() => sent.at(-1)?.diagnostics.length === 1);
    const line = sent.at(-1)?.diagnostics[0]?.range.start.line ?? 0;
    type('name: web-7\n', '  labels: {a: b}\n');
    await until(() => sent.at(-1)?.version === 2);
    expect(sent.at(-1)?.diagnostics).toHaveLength(1);
    expect(sent.at(-1)?.diagnostics[0]?.range.start.line).toBe(line + 1);
  });
});
