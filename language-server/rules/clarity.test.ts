/** One mistake is said once, where it was made, and in few characters. */
import { describe, expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { checkerOf, deployment, open, reportOf } from '../language-server.case.ts';
import { codeActionsAt } from '../providers/code-actions.ts';
import { defaultSettings } from '../settings.ts';

const pod = (container: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      image: a:1\n${container}`;

describe('one mistake', () => {
  it('of an amount is not said of the request that is made of it, too', () => {
    const text = pod('      resources: {limits: {memory: 1GB}}\n');
    expect(reportOf(text)).toEqual([expect.stringContaining('error invalid-value "1GB"')]);
    const both = pod('      resources: {requests: {memory: 1MB}, limits: {memory: 1GB}}\n');
    expect(reportOf(both)).toHaveLength(2);
  });

  it('of a name that is refused is not warned of as well', () => {
    const named = pod('').replace('{name: a}', '{name: My_Pod}');
    expect(reportOf(named)).toEqual([expect.stringContaining('error invalid-object "My_Pod"')]);
    const dotted = pod('').replace('{name: a}', '{name: my.pod}');
    expect(reportOf(dotted)).toEqual([expect.stringContaining('warning server-warning "my.pod"')]);
  });

  it('of a field that is begun and no more is that it has no colon', () => {
    const begun = 'There is no colon after the field: "n:"';
    const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';
    for (const text of [
      `${map}  n\n`,
      `${map}n\n`,
      map.replace('name: a', 'n'),
      pod('      n\n'),
      pod('    - n\n'),
    ]) {
      expect(reportOf(text)).toEqual([expect.stringContaining(begun)]);
    }
  });

  it('of a colon says what is about it', () => {
    expect(reportOf(pod('').replace('image: a:1', 'image: a: 1'))).toEqual([
      expect.stringContaining('take the space out'),
    ]);
    expect(reportOf(deployment.replace('spec:\n', 'spec:\n  replicas:2\n'))).toEqual([
      expect.stringContaining('There is no space after the colon: "replicas: 2"'),
    ]);
    const secrets = pod('').replace('spec:\n', 'spec:\n  imagePullSecrets: [regcred]\n');
    expect(reportOf(secrets)).toEqual([
      expect.stringContaining('imagePullSecrets[0] has fields: write "name: regcred"'),
    ]);
  });

  it('in the text hides what only seems to be missing', () => {
    const tab = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\ndata: {}\n';
    expect(reportOf(tab)).toEqual([
      'error yaml-syntax "\\t" YAML is indented with spaces, not with tabs',
    ]);
    const dash = pod('     ports:\n     - containerPort: 80\n');
    expect(reportOf(dash).every((line) => line.startsWith('error yaml-syntax'))).toBe(true);
    // What stands before it is judged all the same.
    const before = `${tab}`.replace('kind: ConfigMap', 'kind: ConfigMap\nimutable: true');
    expect(reportOf(before)[0]).toContain('did you mean "immutable"?');
    const twice = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nmetadata: {name: b}\n';
    expect(reportOf(twice).join()).toContain('spec.containers: Required value');
  });

  it('in a block is shown at what the block is called', () => {
    const text = deployment.replace(
      '      labels:\n        app: web',
      '      labels:\n        app: x',
    );
    expect(reportOf(text)).toEqual([expect.stringContaining('invalid-object "labels"')]);
  });
});

describe('a list without its dash', () => {
  const wrong = pod('').replace('    - name: a\n      image', '    name: a\n    image');

  it('is called what it is, and gets one', () => {
    expect(reportOf(wrong)).toEqual([
      'error wrong-type "containers" containers is a list: what is in it begins with "- "',
    ]);
    const file = open(wrong);
    const context = checkerOf().contextFor(file.document.uri, defaultSettings);
    if (context === undefined) throw new Error('not checked');
    const at = file.document.positionAt(wrong.indexOf('containers'));
    const [fix] = codeActionsAt(file, { start: at, end: at }, context);
    const edits = fix?.edit?.changes?.[file.document.uri] ?? [];
    expect(TextDocument.applyEdits(file.document, edits)).toBe(pod(''));
  });
});
