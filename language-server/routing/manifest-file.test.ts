import { describe, expect, it } from 'vitest';
import { roleOf } from './classify.ts';
import { isKubernetes, nameOf, readManifestFile } from './manifest-file.ts';

const pod = (name: string) => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n`;
const namesIn = (text: string) => readManifestFile(text).resources.map(nameOf);

describe('readManifestFile', () => {
  it('leaves what is longer than any manifest, and says so', () => {
    const text = `apiVersion: v1\nkind: ConfigMap\ndata:\n  a: ${'x'.repeat(11 * 1024 * 1024)}\n`;
    const { parts, problems } = readManifestFile(text);
    expect(parts).toEqual([]);
    expect(problems).toEqual([
      expect.objectContaining({ start: 0, end: 14, message: expect.stringContaining('10 MB') }),
    ]);
  });

  it('reads a list of more values than aliases may make', () => {
    const labels = Array.from({ length: 60 }, (_, at) => `      l${at}: v\n`).join('');
    const items = Array.from(
      { length: 2000 },
      (_, at) =>
        `- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: p${at}\n    labels:\n${labels}`,
    );
    const { resources } = readManifestFile(`apiVersion: v1\nkind: List\nitems:\n${items.join('')}`);
    expect(resources.map(nameOf).at(-1)).toBe('p1999');
  });

  it('takes an alias for the last anchor of that name before it', () => {
    const [object] = readManifestFile(
      'kind: A\na: &x 1\nb: *x\nc: &x 2\nd: *x\ne: [&y {f: *x}, *y]\n',
    ).resources;
    expect(object?.value).toMatchObject({ b: 1, d: 2, e: [{ f: 2 }, { f: 2 }] });
  });

  it('tells of fields that are given twice, in text that has anchors too', () => {
    const { problems } = readManifestFile('kind: &a A\nspec:\n  b: 1\n  "b": 2\n');
    expect(problems).toMatchObject([{ code: 'DUPLICATE_KEY', start: 26, end: 27 }]);
  });

  it('finds every object of a file', () => {
    expect(namesIn(`${pod('a')}---\n# only a comment\n---\n${pod('b')}---\n`)).toEqual(['a', 'b']);
  });

  it('finds the objects in a List', () => {
    const items = ['a', 'b'].map(
      (name) => `- apiVersion: v1\n  kind: Pod\n  metadata: {name: ${name}}\n`,
    );
    expect(namesIn(`apiVersion: v1\nkind: List\nitems:\n${items.join('')}`)).toEqual(['a', 'b']);
  });

  it('reads JSON, indented with tabs or not', () => {
    const json = JSON.stringify(
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } },
      null,
      '\t',
    );
    expect(namesIn(json)).toEqual(['a']);
    expect(readManifestFile(json).problems).toEqual([]);
  });

  it('reads Windows line ends and a byte order mark', () => {
    expect(namesIn(`\uFEFF${pod('a').replaceAll('\n', '\r\n')}`)).toEqual(['a']);
  });

  it('reads scalars as kubectl does', () => {
    const [config] = readManifestFile(
      'kind: A\nyes: on\noctal: 0777\ntime: 12:30:45\ndate: 2026-01-01\nversion: "1.0"\n',
    ).resources;
    expect(config?.value).toEqual({
      kind: 'A',
      true: true,
      octal: 511,
      time: '12:30:45',
      date: '2026-01-01',
      version: '1.0',
    });
  });

  it('follows anchors and merges', () => {
    const [object] = readManifestFile(
      'kind: A\nbase: &base {a: 1, b: 2}\nother:\n  <<: *base\n  b: 3\nsame: *base\n',
    ).resources;
    expect(object?.value).toMatchObject({ other: { a: 1, b: 3 }, same: { a: 1, b: 2 } });
  });

  it('cuts off aliases that lead into themselves or multiply', () => {
    expect(readManifestFile('kind: A\nloop: &x\n  again: *x\n').resources).toHaveLength(1);
    const laughs = ['kind: A', 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i++) {
      laughs.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    }
    expect(readManifestFile(laughs.join('\n')).resources).toHaveLength(1);
  });

  it('says what is wrong with the YAML in plain words', () => {
    const messages = (text: string) =>
      readManifestFile(text).problems.map(({ message }) => message);
    expect(messages('a:\n\tb: 1\n')).toEqual(['YAML is indented with spaces, not with tabs']);
    expect(messages('a: 1\na: 2\n')[0]).toMatch(/already given/);
    expect(messages('a: *nowhere\n')).toEqual(['There is no anchor "&nowhere" before this alias']);
  });

  it.each([
    'apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n',
    '{{- if .Values.on }}\napiVersion: v1\nkind: Pod\n{{- end }}\n',
    'apiVersion: v1\nkind: Pod\nmetadata:\n  {{- include "labels" . | nindent 2 }}\n',
    '{% for i in x %}\nkind: Pod\n{% endfor %}\n',
  ])('leaves templates alone: %j', (text) => {
    expect(readManifestFile(text)).toMatchObject({ template: true, resources: [], problems: [] });
  });

  it('knows braces in strings from templates', () => {
    const rule = `${pod('a')}  annotations:\n    note: "{{ $labels.pod }}"\n    text: |\n      {{ $value }}\n      {% if x %}\n`;
    expect(readManifestFile(rule).template).toBe(false);
  });

  it('is only Kubernetes with apiVersion and kind', () => {
    expect(isKubernetes(readManifestFile('version: 2\nservices: {}\n'))).toBe(false);
    expect(isKubernetes(readManifestFile(pod('a')))).toBe(true);
    expect(isKubernetes(readManifestFile(''))).toBe(false);
  });
});

describe('roleOf', () => {
  const chart = (path: string) => path === '/w/chart/Chart.yaml';
  it.each([
    ['/w/a.yaml', 'manifest'],
    ['/w/kustomization.yaml', 'kustomization'],
    ['/w/chart/values.yaml', 'helm-values'],
    ['/w/chart/values-prod.yaml', 'helm-values'],
    ['/w/chart/Chart.yaml', 'helm-chart'],
    ['/w/chart/templates/web/deployment.yaml', 'helm-template'],
    ['/w/templates/deployment.yaml', 'manifest'],
    ['/w/values.yaml', 'manifest'],
  ])('%s is a %s', (path, role) => {
    expect(roleOf(path, chart)).toBe(role);
  });
});
