/** What the tests of this room share. */
import type { Position } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { schemaDirectory } from '../runtime/api/schema-bundle.case.ts';
import { Checker } from './checker.ts';
import type { Files } from './files.ts';
import { type OpenFile, openFile } from './providers/open-file.ts';
import { checkFile } from './rules/check.ts';
import type { Problem } from './rules/problem.ts';
import { defaultSettings } from './settings.ts';

/** A file system of a few files, by path. */
export function memoryFiles(files: Readonly<Record<string, string>>): Files {
  return {
    async *find(path) {
      for (const name of Object.keys(files).sort()) if (name.startsWith(path)) yield name;
    },
    read: async (path) => files[path],
    exists: (path) =>
      Object.keys(files).some((name) => name === path || name.startsWith(`${path}/`)),
    list: (path) => {
      const inside = Object.keys(files).filter((name) => name.startsWith(`${path}/`));
      return [...new Set(inside.map((name) => name.slice(path.length + 1).split('/')[0] ?? ''))];
    },
  };
}

/** A checker that knows these files, by path. */
export function checkerOf(files: Readonly<Record<string, string>> = {}): Checker {
  const checker = new Checker(schemaDirectory(), memoryFiles(files));
  for (const [path, text] of Object.entries(files)) checker.index(`file://${path}`, text);
  return checker;
}

/** What is wrong with one file of a workspace, in the order of the text. */
export function problemsIn(
  text: string,
  others: Readonly<Record<string, string>> = {},
  path = '/w/test.yaml',
): Problem[] {
  const checker = checkerOf({ ...others, [path]: text });
  const context = checker.contextFor(`file://${path}`, defaultSettings);
  return context === undefined ? [] : checkFile(open(text, path).manifest, context);
}

/** As `problemsIn`, each as `severity rule "underlined text" message`. */
export function reportOf(
  text: string,
  others: Readonly<Record<string, string>> = {},
  path = '/w/test.yaml',
): string[] {
  return problemsIn(text, others, path).map(({ severity, rule, start, end, message }) => {
    return `${severity} ${rule} ${JSON.stringify(text.slice(start, end))} ${message}`;
  });
}

export function open(text: string, path = '/w/test.yaml'): OpenFile {
  return openFile(TextDocument.create(`file://${path}`, 'yaml', 1, text));
}

/** Splits text at its `|`: where the cursor is. */
export function atCursor(marked: string): { file: OpenFile; position: Position; text: string } {
  const offset = marked.indexOf('|');
  const text = marked.slice(0, offset) + marked.slice(offset + 1);
  const file = open(text);
  return { file, position: file.document.positionAt(offset), text };
}

export const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: web:1
          ports:
            - name: http
              containerPort: 80
`;
