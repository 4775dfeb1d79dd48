/** How much work there is for large objects, counted: no step takes all of it, and none is done twice. */
import { describe, expect, it } from 'vitest';
import { settleTypesInSteps } from '../runtime/api/mistyped.ts';
import type { Schema } from '../runtime/api/schema.ts';
import { checkerOf } from './language-server.case.ts';
import { Workspace } from './references/workspace.ts';
import { readManifestFile } from './routing/manifest-file.ts';
import { checkFileInSteps } from './rules/check.ts';
import { defaultSettings } from './settings.ts';
import { finish, type Steps } from './slices.ts';

function stepsOf(steps: Steps<unknown>): number {
  let count = 1;
  while (steps.next().done !== true) count += 1;
  return count;
}

describe('the work for a large object', () => {
  it('is divided where its types are settled', () => {
    const schema: Schema = { type: 'array', items: { type: 'string' } };
    let looked = 0;
    const source = {
      resolve: (each: Schema) => {
        looked += 1;
        return each;
      },
    };
    const steps = settleTypesInSteps([1, ...Array<string>(20_000).fill('a')], schema, source);
    let most = 0;
    for (let isDone = false; !isDone; looked = 0) {
      isDone = steps.next().done === true;
      most = Math.max(most, looked);
    }
    expect(most).toBeLessThan(1000);
  });

  it('is divided where its fields are unknown, and bounded', () => {
    const fields = Array.from({ length: 5000 }, (_, index) => `  nothing${index}: 1\n`);
    const uri = 'file:///w/pod.yaml';
    const text = `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n${fields.join('')}`;
    const checker = checkerOf();
    const context = checker.contextFor(uri, defaultSettings);
    if (context === undefined) throw new Error('a manifest has a context');
    const file = readManifestFile(text);
    expect(stepsOf(checkFileInSteps(file, context))).toBeGreaterThan(50);
    const unknown = finish(checkFileInSteps(file, context)).filter(
      ({ rule }) => rule === 'unknown-field',
    );
    expect(unknown).toHaveLength(250);
    expect(text.slice(unknown[249]?.start, unknown[249]?.end)).toBe('nothing249');
  });

  it('is done once for all references out of one list', () => {
    const pod = (index: number) =>
      `- apiVersion: v1\n  kind: Pod\n  metadata: {name: p${index}}\n  spec: {serviceAccountName: robot}\n`;
    const stepsFor = (count: number) => {
      const pods = Array.from({ length: count }, (_, index) => pod(index)).join('');
      const workspace = new Workspace();
      const text = `apiVersion: v1\nkind: List\nitems:\n${pods}`;
      workspace.update('file:///w/list.yaml', readManifestFile(text));
      const robot = { kind: 'ServiceAccount', name: 'robot', namespace: undefined };
      expect(workspace.referencesTo(robot)).toHaveLength(count);
      return stepsOf(workspace.referencesInSteps({ ...robot }));
    };
    expect(stepsFor(400)).toBeLessThan(3 * stepsFor(200));
  });
});
