/** Mistakes in patches within a kustomization are found where they stand. */
import { describe, expect, it } from 'vitest';
import { reportOf } from '../language-server.case.ts';

// A file that is no manifest: whom the patches are for is another matter.
const others = { '/w/deployment.yaml': '' };
const report = (text: string) => reportOf(text, others, '/w/kustomization.yaml');
const resources = 'resources: [deployment.yaml]\n';
const deployment = (line: string) =>
  [
    'patches:',
    '  - target: {kind: Deployment}',
    '    patch: |-',
    '      apiVersion: apps/v1',
    '      kind: Deployment',
    '      metadata:',
    '        name: web',
    '',
    '      spec:',
    `        ${line}`,
    '',
  ].join('\n');

describe('a patch of an object', () => {
  it('is part of one: nothing is missing in it', () => {
    expect(report(resources + deployment('replicas: 3'))).toEqual([]);
    expect(report(resources + deployment('template: {$patch: delete}'))).toEqual([]);
  });

  it('has its mistakes underlined', () => {
    expect(report(resources + deployment('replcias: 3'))).toEqual([
      'error unknown-field "replcias" Unknown field "replcias" in spec; did you mean "replicas"?',
    ]);
    expect(report(resources + deployment('replicas: three'))[0]).toMatch(
      /^error wrong-type "three" /,
    );
    expect(report(resources + deployment('replicas: [3'))[0]).toMatch(/^error yaml-syntax /);
  });

  it('may be one of a list of texts, with CRLF and several objects', () => {
    const text = `${resources}patchesStrategicMerge:\n  - |\n    apiVersion: v1\n    kind: Service\n    metadata: {name: web}\n    ---\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: web}\n    dat: {a: b}\n`;
    expect(report(text.replaceAll('\n', '\r\n'))[0]).toMatch(/^error unknown-field "dat" /);
  });
});

describe('a patch of operations', () => {
  const operations = (...lines: string[]) =>
    `${resources}patches:\n  - target: {kind: Deployment}\n    patch: |\n${lines.map((line) => `      ${line}\n`).join('')}`;

  it('is checked by what each needs', () => {
    expect(report(operations('- op: remove', '  path: /spec/replicas'))).toEqual([]);
    expect(report(operations('- op: add', '  path: /spec/replicas'))).toEqual([
      'error missing-field "op" Missing field "value"',
    ]);
    expect(report(operations('- op: set', '  path: /spec', '  value: 1'))[0]).toMatch(
      /^error invalid-value "set" "set" is no operation/,
    );
    expect(report(operations('- op: test', '  path: spec', '  value: 1'))[0]).toMatch(
      /^error invalid-value "spec" A path begins with a slash/,
    );
    expect(report(operations('- remove'))[0]).toMatch(/^error wrong-type "remove" /);
  });
});
