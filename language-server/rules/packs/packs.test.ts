/** Every rule is held to its own documentation: it finds the bad example and lets the good one be. */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkerOf, deployment, open } from '../../language-server.case.ts';
import { defaultSettings, readSettings } from '../../settings.ts';
import { checkFile } from '../check.ts';
import { allRules, indexPage, pageOf } from '../documentation.ts';
import type { Problem } from '../problem.ts';
import { packIds } from './pack-rule.ts';
import { findPackRule, packRules, rulesOn } from './registry.ts';
import { podOf, type Subject } from './subject.ts';

const uri = 'file:///w/test.yaml';
const root = resolve(import.meta.dirname, '../../..');

function problems(
  text: string,
  validation: object,
  others: Record<string, string> = {},
): Problem[] {
  const checker = checkerOf({ ...others, '/w/test.yaml': text });
  const context = checker.contextFor(uri, readSettings({ validation }));
  return context === undefined ? [] : checkFile(open(text).manifest, context);
}

/** What one rule alone finds. */
function found(text: string, rule: string): Problem[] {
  const severity = findPackRule(rule)?.severity ?? 'off';
  return problems(text, { rules: { [rule]: severity } }).filter((each) => each.rule === rule);
}

describe.each(packRules)('$id', (rule) => {
  it('finds its bad example, and nothing in its good one', () => {
    expect(found(rule.bad, rule.id).length).toBeGreaterThan(0);
    expect(found(rule.good, rule.id)).toEqual([]);
    for (const example of [rule.bad, rule.good]) {
      const errors = problems(example, {}).filter(({ severity }) => severity === 'error');
      expect(errors.map(({ message }) => message)).toEqual([]);
    }
  });

  it('looks at other objects only if it says so', () => {
    if (rule.looksAround === true) return;
    const away = {
      get workspace(): never {
        throw new Error('looks at the workspace');
      },
      get cluster(): never {
        throw new Error('looks at the cluster');
      },
    };
    for (const { apiVersion = '', kind = '', value } of open(rule.bad).manifest.resources) {
      const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
      const named = { apiVersion, group, version: 'v1', kind, name: 'web', namespace: undefined };
      const subject = Object.defineProperties(
        { ...named, value, pod: podOf(kind, value) },
        Object.getOwnPropertyDescriptors(away),
      );
      expect(() => rule.check(subject as unknown as Subject)).not.toThrow();
    }
  });

  it('is satisfied by its own fixes, and so are all others', () => {
    let text = rule.bad;
    const fixable = found(text, rule.id).filter(({ makeFix }) => makeFix?.() !== undefined);
    for (const _ of fixable) {
      const [next] = found(text, rule.id);
      const fix = next?.makeFix?.();
      if (fix === undefined) break;
      for (const edit of fix.edits.toSorted((a, b) => b.start - a.start)) {
        text = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
      }
    }
    if (fixable.length > 0) expect(found(text, rule.id)).toEqual([]);
    const errors = problems(text, {}).filter(({ severity }) => severity === 'error');
    expect(errors.map(({ message }) => message)).toEqual([]);
  });
});

describe('fixes', () => {
  it('can add another object', () => {
    const { bad = '' } = findPackRule('missing-disruption-budget') ?? {};
    const [problem] = found(bad, 'missing-disruption-budget');
    expect(problem?.makeFix?.()?.edits).toEqual([
      {
        start: bad.length,
        end: bad.length,
        text: '---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\nspec:\n  maxUnavailable: 1\n  selector:\n    matchLabels:\n      app: web\n',
      },
    ]);
  });
});

describe('packs', () => {
  it('are off unless asked for', () => {
    const text = packRules.find(({ id }) => id === 'latest-tag')?.bad ?? '';
    expect(problems(text, {})).toEqual([]);
    const ids = problems(text, { packs: ['best-practice'] }).map(({ rule }) => rule);
    expect(ids).toContain('latest-tag');
    expect(rulesOn([], {})).toEqual([]);
  });

  it('give rules other severities, and single rules without their pack', () => {
    const { bad = '' } = findPackRule('latest-tag') ?? {};
    expect(problems(bad, { rules: { 'latest-tag': 'error' } })).toMatchObject([
      { rule: 'latest-tag', severity: 'error' },
    ]);
    const rest = problems(bad, { packs: ['best-practice'], rules: { 'latest-tag': 'off' } });
    expect(rest.map(({ rule }) => rule)).not.toContain('latest-tag');
  });

  it('say a thing once where two rules look at it', () => {
    const { bad = '' } = findPackRule('host-path-volumes') ?? {};
    const ids = problems(bad, { packs: [...packIds] }).map(({ rule }) => rule);
    expect(ids).toContain('restricted-volumes');
    expect(ids).not.toContain('host-path-volumes');
  });

  it('agree with what the API server says of a pod', () => {
    const messages = problems(deployment, { packs: ['pod-security-restricted'] }).map(
      (p) => p.message,
    );
    expect(messages).toEqual([
      'container "web" must set securityContext.allowPrivilegeEscalation=false',
      'container "web" must set securityContext.capabilities.drop=["ALL"]',
      'pod or container "web" must set securityContext.runAsNonRoot=true',
      'pod or container "web" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"',
    ]);
    expect(problems(deployment, { packs: ['pod-security-baseline'] })).toEqual([]);
  });

  it('point at the container that is to blame', () => {
    const two = deployment.replace(
      '        - name: web\n',
      '        - name: other\n          image: other:1\n          securityContext: {privileged: false, runAsNonRoot: true}\n        - name: web\n',
    );
    const rules = { 'run-as-non-root': 'warning' };
    const [only, ...more] = problems(two, { rules });
    expect(more).toEqual([]);
    expect(two.slice(only?.start, only?.end)).toBe('web');
  });

  it('stay silent about patches, other kinds and what has no shape', () => {
    const packs = [...packIds];
    const kustomization = 'patches:\n  - path: test.yaml\n';
    expect(problems(deployment, { packs }, { '/w/kustomization.yaml': kustomization })).toEqual([]);
    const custom = 'apiVersion: example.com/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {}\n';
    expect(problems(custom, { packs })).toEqual([]);
    const shapeless = deployment.replace(/containers:[\s\S]*/, 'containers: {}\n');
    expect(problems(shapeless, { packs }).map(({ rule }) => rule)).toEqual(['wrong-type']);
  });

  it('look at JSON as well, and mend it in its own layout', () => {
    const text = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web' },
      spec: { containers: [{ name: 'web', image: 'web:1' }] },
    });
    const [problem] = found(text, 'read-only-root');
    const [edit] = problem?.makeFix?.()?.edits ?? [];
    const fixed = text.slice(0, edit?.start) + edit?.text + text.slice(edit?.end);
    expect(JSON.parse(fixed).spec.containers[0].securityContext).toEqual({
      readOnlyRootFilesystem: true,
    });
  });
});

describe('silence', () => {
  const packs = { packs: ['best-practice'], rules: {} };
  const text = (findPackRule('latest-tag')?.bad ?? '').replace('latest', 'latest # HERE');
  const says = (marked: string) =>
    problems(marked, packs).some(({ rule }) => rule === 'latest-tag');

  it.each([
    ['at the end of the line', text.replace('HERE', 'skiff-ignore latest-tag')],
    ['with a reason', text.replace('HERE', 'skiff-ignore latest-tag -- is built here')],
    ['all rules', text.replace('HERE', 'skiff-ignore')],
    [
      'above the line',
      text.replace('      image', '      # skiff-ignore: cluster-admin, latest-tag\n      image'),
    ],
    ['for the file', `# skiff-ignore-file latest-tag\n${text}`],
    [
      'by annotation',
      text.replace('name: web\n', 'name: web\n  annotations: {skiff.dev/ignore: latest-tag}\n'),
    ],
    [
      'by annotation, all rules',
      text.replace('name: web\n', 'name: web\n  annotations: {skiff.dev/ignore: "*"}\n'),
    ],
  ])('%s', (_, marked) => expect(says(marked)).toBe(false));

  it.each([
    ['a comment about another rule', text.replace('HERE', 'skiff-ignore cluster-admin')],
    ['a comment two lines above', `# skiff-ignore latest-tag\n${text}`],
    [
      'an empty annotation',
      text.replace('name: web\n', 'name: web\n  annotations: {skiff.dev/ignore: ""}\n'),
    ],
    [
      'an annotation of another object',
      `apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {skiff.dev/ignore: "*"}}\nspec: {containers: [{name: a, image: "a:1"}]}\n---\n${text}`,
    ],
  ])('not by %s', (_, marked) => expect(says(marked)).toBe(true));
});

it.each([
  ['images: [{name: registry.example.com/web, newTag: 1.4.2}]', 0],
  ['images: [{name: registry.example.com/web, digest: "sha256:0a"}]', 0],
  ['images: [{name: registry.example.com/web, newTag: latest}]', 1],
  ['images: [{name: web, newTag: 1.4.2}]', 1],
  ['namePrefix: a-', 1],
])('latest-tag knows of a kustomization with %s', (images, count) => {
  const base = { '/w/kustomization.yaml': 'resources: [test.yaml]\n' };
  const overlay = { '/prod/kustomization.yaml': `resources: [../w]\n${images}\n` };
  const text = findPackRule('latest-tag')?.bad ?? '';
  const rules = { 'latest-tag': 'warning' };
  const said = problems(text, { rules }, { ...base, ...overlay });
  expect(said.filter(({ rule }) => rule === 'latest-tag').length).toBe(count);
});

describe('documentation', () => {
  const folder = resolve(root, 'docs/rules');

  it.each(allRules)('of $id is its page', async (rule) => {
    await expect(pageOf(rule)).toMatchFileSnapshot(resolve(folder, `${rule.id}.md`));
  });

  it('lists all rules, and no page is left over', async () => {
    await expect(indexPage()).toMatchFileSnapshot(resolve(folder, 'README.md'));
    const pages = readdirSync(folder).sort();
    expect(pages).toEqual([...allRules.map(({ id }) => `${id}.md`), 'README.md'].sort());
  });

  it('is in the settings', () => {
    const manifest = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'));
    const strings = JSON.parse(readFileSync(resolve(root, 'package.nls.json'), 'utf8'));
    const { properties } = manifest.contributes.configuration;
    const rules = properties['skiff.validation.rules'].propertyNames;
    expect(rules.enum).toEqual(allRules.map(({ id }) => id));
    expect(rules.enumDescriptions).toEqual(allRules.map(({ id }) => `%rule.${id}%`));
    for (const { id, title } of allRules) expect(strings[`rule.${id}`]).toBe(`${title}.`);
    expect(properties['skiff.validation.packs'].items.enum).toEqual([...packIds]);
    expect(defaultSettings.packs).toEqual(properties['skiff.validation.packs'].default);
  });
});
