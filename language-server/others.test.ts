/** Files that are YAML but none of ours: nothing is said, offered or shown in them. */
import { describe, expect, it } from 'vitest';
import type { Position } from 'vscode-languageserver';
import { checkerOf, open } from './language-server.case.ts';
import { codeActionsAt } from './providers/code-actions.ts';
import { codeLensesOf } from './providers/code-lens.ts';
import { completionsAt } from './providers/completion.ts';
import { diagnosticsOf } from './providers/diagnostics.ts';
import { hoverAt } from './providers/hover.ts';
import { inlayHintsOf } from './providers/inlay-hints.ts';
import { namesFrom } from './providers/names.ts';
import { defaultSettings } from './settings.ts';

const files: Readonly<Record<string, string>> = {
  'compose.yaml': `name: shop
services:
  web:
    image: web
    ports: ["80:80"]
    deploy: {replicas: 2}
volumes: {data: {}}
`,
  '.github/workflows/test.yml': `name: test
on:
  push: {branches: [main]}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: |
          kubectl apply -f - <<EOF
          apiVersion: v1
          kind: Pod
          EOF
`,
  'openapi.yaml': `openapi: 3.1.0
info: {title: Pets, version: 1.0.0}
paths:
  /pets:
    get: {responses: {'200': {description: all}}}
components:
  schemas:
    Pet:
      type: object
      properties:
        kind: {type: string}
        apiVersion: {type: string}
`,
  'playbook.yml': `- hosts: all
  tasks:
    - name: deploy
      kubernetes.core.k8s:
        state: present
        definition:
          apiVersion: v1
          kind: Namespace
          metadata: {name: a}
`,
  'mkdocs.yml': 'site_name: a\nnav: [{Home: index.md}]\n',
  '.travis.yml': 'language: node_js\ndist: jammy\n',
  'broken.yaml': 'services:\n  web: {image: x\n  - y: [\n',
  'package.json': '{"name": "a", "version": "1.0.0", "kind": 1}',
};

describe('a file that is none of ours', () => {
  it.each(Object.entries(files))('%s', (name, text) => {
    const path = `/w/${name}`;
    const checker = checkerOf({ [path]: text });
    const file = open(text, path);
    const context = checker.contextFor(`file://${path}`, defaultSettings);
    if (context === undefined) throw new Error('not looked at');
    expect(diagnosticsOf(file, context)).toEqual([]);
    expect(codeLensesOf(file)).toEqual([]);
    const end: Position = file.document.positionAt(text.length);
    const start = { line: 0, character: 0 };
    expect(inlayHintsOf(file, { start, end }, checker.catalog)).toEqual([]);
    for (let offset = 0; offset <= text.length; offset++) {
      const position = file.document.positionAt(offset);
      expect(hoverAt(file, position, checker), `hover at ${offset}`).toBeUndefined();
      const range = { start: position, end: position };
      expect(codeActionsAt(file, range, context), `actions at ${offset}`).toEqual([]);
    }
    if (name === 'broken.yaml' || name === 'package.json') return;
    for (const line of text.split('\n').keys()) {
      const position = { line, character: 0 };
      if (line === 0) continue;
      const offered = completionsAt(file, position, checker.catalog, namesFrom(checker));
      expect(offered, `completions in line ${line}`).toEqual([]);
    }
  });
});
