/** What a kustomization names is there, and what its patches give is not missing. */
import { describe, expect, it } from 'vitest';
import { deployment, reportOf } from '../language-server.case.ts';

const file = '/w/kustomization.yaml';
const said = (text: string, others: Record<string, string>, path = file) =>
  reportOf(text, others, path);

describe('files and folders of a kustomization', () => {
  const others = {
    '/w/deployment.yaml': deployment,
    '/w/base/kustomization.yaml': '',
    '/w/x/a.txt': '',
  };

  it.each([
    ['resources: [deploymnt.yaml]', 'error', 'did you mean "deployment.yaml"?'],
    ['resources: [deployment.yml]', 'error', 'did you mean "deployment.yaml"?'],
    ['resources: [bse]', 'error', 'did you mean "base"?'],
    ['resources: [x]', 'error', 'The folder "x" has no kustomization.yaml'],
    ['resources: [base/kustomization.yaml]', 'error', 'by its folder: "base"'],
    ['resources: [deployment.yaml, ./deployment.yaml]', 'error', 'is taken in above already'],
    ['components: [../far]', 'error', 'There is no folder "../far"'],
    ['patches: [{path: gone.yaml}]', 'error', 'There is no file "gone.yaml"'],
    ['configMapGenerator: [{name: a, files: [k=x/b.txt]}]', 'error', 'did you mean "x/a.txt"?'],
    ['secretGenerator: [{name: a, envs: [.env]}]', 'information', 'There is no file ".env"'],
  ])('%s', (text, severity, message) => {
    expect(said(`${text}\n`, others)).toEqual([expect.stringContaining(message)]);
    expect(said(`${text}\n`, others)[0]).toMatch(new RegExp(`^${severity}`));
  });

  it('may be elsewhere', () => {
    const remote = [
      'https://example.com/a.yaml',
      'github.com/org/repo//deploy?ref=v1',
      'git@example.com:org/repo.git',
      'deployment.yaml',
      './base/',
    ];
    expect(said(`resources: ${JSON.stringify(remote)}\n`, others)).toEqual([]);
  });
});

describe('the target of a patch', () => {
  const others = {
    '/w/base/kustomization.yaml': 'namePrefix: my-\nresources: [deployment.yaml]\n',
    '/w/base/deployment.yaml': deployment,
  };
  const inline = (kind: string, name: string) =>
    `resources: [base]\npatches:\n  - patch: |\n      kind: ${kind}\n      apiVersion: apps/v1\n      metadata: {name: ${name}}\n`;
  const aimed = (target: string) =>
    `resources: [base]\npatches:\n  - target: ${target}\n    patch: |\n      - {op: remove, path: /spec/replicas}\n`;

  it('is among what is taken in, by the name that it has then or had', () => {
    expect(said(inline('Deployment', 'web'), others)).toEqual([]);
    expect(said(inline('Deployment', 'my-web'), others)).toEqual([]);
    expect(said(inline('Deployment', 'wbe'), others)).toEqual([
      expect.stringMatching(/^warning.*there is no Deployment "wbe".*did you mean "web"/),
    ]);
    expect(said(aimed('{kind: Deployment, name: "w.*"}'), others)).toEqual([]);
    expect(said(aimed('{kind: Deployment}'), others)).toEqual([]);
    expect(said(aimed('{kind: StatefulSet}'), others)).toEqual([
      expect.stringMatching(/"StatefulSet" No resource matches the target/),
    ]);
    expect(said(aimed('{kind: Deployment, name: api}'), others)).toHaveLength(1);
  });

  it('may be in what cannot be seen', () => {
    const remote = inline('Deployment', 'x').replace('[base]', '[base, https://example.com/x]');
    expect(said(remote, others)).toEqual([]);
    expect(said(`helmCharts: [{name: a}]\n${inline('Deployment', 'x')}`, others)).toEqual([]);
    // Nobody knows what a component is used on that nobody uses.
    const component = inline('Deployment', 'x').replace('resources: [base]', 'kind: Component');
    expect(said(component, {})).toEqual([]);
    const used = { '/w/base/kustomization.yaml': 'components: [..]\n' };
    expect(said(component, used)).toHaveLength(1);
  });
});

describe('an object that a patch completes', () => {
  const base = deployment.replace('          image: web:1\n', '');
  const path = '/w/base/deployment.yaml';
  const files = (patch: string, more: Record<string, string> = {}) => ({
    '/w/base/kustomization.yaml': 'resources: [deployment.yaml]\n',
    [file]: `resources: [base]\n${patch}`,
    ...more,
  });
  const head = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n';
  const part = `${head}spec: {template: {spec: {containers: [{name: web, image: "web:2"}]}}}\n`;

  it('lacks nothing that is in it', () => {
    expect(said(base, files(''), path)).toEqual([expect.stringContaining('image')]);
    const merged = files('patches: [{path: p.yaml}]\n', { '/w/p.yaml': part });
    expect(said(base, merged, path)).toEqual([]);
    const operations =
      '- {op: add, path: /spec/template/spec/containers/0/image, value: "web:2"}\n';
    const target = 'target: {kind: Deployment}';
    const listed = files(`patches: [{path: p.yaml, ${target}}]\n`, { '/w/p.yaml': operations });
    expect(said(base, listed, path)).toEqual([]);
    const other = files('patches: [{path: p.yaml}]\n', {
      '/w/p.yaml': part.replace('web}', 'api}'),
    });
    expect(said(base, other, path)).toHaveLength(1);
  });

  it('is wrong for all else', () => {
    const merged = files('patches: [{path: p.yaml}]\n', { '/w/p.yaml': part });
    expect(said(base.replace('- name: web', '- name: WEB'), merged, path)).not.toEqual([]);
  });
});
