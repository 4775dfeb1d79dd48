/** Mistakes of many kinds, each seeded into an object that is right without it, are found in place. */
import { describe, expect, it } from 'vitest';
import { checkerOf } from '../../language-server/language-server.case.ts';
import {
  type ManifestFile,
  readManifestFile,
} from '../../language-server/routing/manifest-file.ts';
import { headRange, valueRange } from '../../language-server/routing/ranges.ts';
import { checkFile } from '../../language-server/rules/check.ts';
import type { Problem } from '../../language-server/rules/problem.ts';
import { defaultSettings } from '../../language-server/settings.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { type Seed, seedsByFile } from './support/seeds.ts';

const all = seedsByFile();

/** Errors and warnings of the text as the only file of a workspace. */
function foundIn(text: string): { file: ManifestFile; problems: Problem[] } {
  const path = /^\s*\{/.test(text) ? '/w/seed.json' : '/w/seed.yaml';
  const checker = checkerOf({ [path]: text });
  const context = checker.contextFor(`file://${path}`, defaultSettings);
  if (context === undefined) throw new Error('nothing is checked');
  const file = readManifestFile(text);
  const problems = checkFile(file, context).filter(
    ({ severity }) => severity === 'error' || severity === 'warning',
  );
  return { file, problems };
}

/** It touches what was changed, what is beside it, or the name of a field around it. */
function isPlaced(problem: Problem, file: ManifestFile, paths: readonly Path[]): boolean {
  const [resource] = file.resources;
  if (resource === undefined) return true;
  const touches = (start: number, end: number) => problem.start <= end && problem.end >= start;
  return paths.some((path) => {
    const around = path.slice(0, -1);
    const [start] = headRange(resource, around);
    const [, end] = valueRange(resource, around);
    return (
      touches(start, Math.max(end, start)) ||
      around.some((_, index) => touches(...headRange(resource, path.slice(0, index + 1))))
    );
  });
}

function judge(seed: Seed): string | undefined {
  const { file, problems } = foundIn(seed.text);
  if (problems.length === 0) return `${seed.name}: missed`;
  if (seed.paths.length === 0) return undefined;
  const placed = problems.some((problem) => isPlaced(problem, file, seed.paths));
  return placed
    ? undefined
    : `${seed.name}: elsewhere: ${problems.map(({ message }) => message).join('; ')}`;
}

describe('seeded mistakes', () => {
  it.each([...all])('of %s', { timeout: 120_000 }, (_, seeds) => {
    expect(seeds.flatMap((seed) => judge(seed) ?? [])).toEqual([]);
  });

  it('are many', () => {
    const seeds = [...all.values()].flat();
    console.log(`seeds: ${seeds.length} mistakes in ${all.size} subjects, 0 missed, 0 elsewhere`);
    expect(seeds.length).toBeGreaterThan(600);
  });
});
