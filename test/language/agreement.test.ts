/**
 * The checker and the API server agree on what is wrong: every document that the one has an error
 * for the other refuses, and the other way round; and what the server takes with a warning, the
 * checker has the same warning for. The documents are the examples of all kinds, each
 * with one thing changed. `AGREEMENT=all` tries every one of them (some minutes).
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiVersionOf, type UnknownObject } from '../../runtime/api/object.ts';
import { corpusFiles, type Example, examples } from './support/corpus.ts';
import { checkerJudge, knowCustomKinds, type ServerJudge, serverJudge } from './support/judges.ts';
import { type Mutant, mutantsOf } from './support/mutants.ts';
import { serverOnly } from './support/server-only.ts';

const all = examples();
knowCustomKinds(all);
const checker = checkerJudge(corpusFiles('kinds').values());
const catalog = checker.checker.catalog;
const everything = process.env.AGREEMENT === 'all';
/** Documents that a plain run tries. */
const sample = 2000;
/** Documents that have been changed in several places; `SEVERAL=20000` tries more. */
const several = Number(process.env.SEVERAL ?? 300);

const made = (kind: string, name: string, namespace?: string) =>
  ({
    apiVersion: 'v1',
    kind,
    metadata: { name, ...(namespace && { namespace }) },
  }) as UnknownObject;

let server: ServerJudge;
beforeAll(async () => {
  const definitions = all.filter(({ gvk }) => gvk.kind === 'CustomResourceDefinition');
  server = await serverJudge([
    made('Namespace', 'shop'),
    ...['default', 'shop'].map((namespace) => made('ServiceAccount', 'default', namespace)),
    made('ServiceAccount', 'shop', 'shop'),
    ...definitions.map(({ object }) => object),
  ]);
}, 60_000);
afterAll(() => server.close());

interface Case {
  readonly kind: string;
  readonly mutant: Mutant;
}

function casesOf({ gvk, object }: Example): Case[] {
  const schema = catalog.forKind(gvk);
  if (schema === undefined) throw new Error(`no schema of ${apiVersionOf(gvk)} ${gvk.kind}`);
  return [...mutantsOf(object, schema, catalog)].map((mutant) => ({ kind: gvk.kind, mutant }));
}

const manyChanges = { minLength: 2, maxLength: 4 };

/** The example with one mutation after the other, each chosen by a number. */
function changed(example: Example, numbers: readonly number[]) {
  let { object } = example;
  const what: string[] = [];
  for (const number of numbers) {
    const cases = casesOf({ ...example, object });
    const mutant = cases[number % cases.length]?.mutant;
    if (mutant === undefined) continue;
    what.push(mutant.what);
    object = mutant.make();
  }
  return { what: what.join(', '), object };
}

const isSame = (a: readonly string[], b: readonly string[]) =>
  JSON.stringify(a.toSorted()) === JSON.stringify(b.toSorted());

/** The server makes up a name for a LimitRange; no file can be applied without one. */
const isNameless = (error: string) => error.includes('metadata.name: Required value');

/** How the two differ over the object; undefined if they do not, or may. */
async function differenceOf(kind: string, object: UnknownObject): Promise<string | undefined> {
  const errors = checker.errorsOf(JSON.stringify(object));
  const { refusal, warnings } = await server.answerTo(object);
  if (refusal === undefined && errors.length === 0) {
    const found = checker.warningsOf(JSON.stringify(object));
    // The server says a thing once.
    if (isSame([...new Set(found)], warnings)) return undefined;
    return `the checker warns ${JSON.stringify(found)}; the server: ${JSON.stringify(warnings)}`;
  }
  if (refusal?.startsWith('Internal error') === true) return `the server fails: ${refusal}`;
  if (errors.length > 0 === (refusal !== undefined)) return undefined;
  if (refusal === undefined && kind === 'LimitRange' && errors.every(isNameless)) return undefined;
  if (refusal === undefined) return `the server takes it; the checker: ${errors.join('; ')}`;
  const excused = serverOnly.some(
    (each) => each.kind?.test(kind) !== false && each.message.test(refusal),
  );
  return excused ? undefined : `the checker finds nothing; the server: ${refusal}`;
}

describe('the checker and the server', () => {
  it('take every example', async () => {
    const wrong: string[] = [];
    for (const { gvk, object } of all) {
      const errors = checker.errorsOf(JSON.stringify(object));
      const refusal = await server.refusalOf(object);
      if (errors.length > 0) wrong.push(`${gvk.kind}: ${errors.join('; ')}`);
      if (refusal !== undefined && !refusal.includes('already exists')) {
        wrong.push(`${gvk.kind}: server: ${refusal}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('agree on every example with one thing changed', { timeout: 1_200_000 }, async () => {
    const cases = all.flatMap(casesOf);
    const seed = Number(process.env.SEED ?? 4);
    const picked = everything
      ? cases
      : fc.sample(fc.constantFrom(...cases), { seed, numRuns: sample });
    const differences: string[] = [];
    for (const { kind, mutant } of picked) {
      const difference = await differenceOf(kind, mutant.make());
      if (difference !== undefined) differences.push(`${kind}: ${mutant.what}: ${difference}`);
    }
    expect(differences).toEqual([]);
  });

  it('agree on examples with several things changed', { timeout: 3_600_000 }, async () => {
    const seed = Number(process.env.SEED ?? 4);
    const choices = fc.tuple(fc.constantFrom(...all), fc.array(fc.nat(), manyChanges));
    const differences: string[] = [];
    for (const [example, numbers] of fc.sample(choices, { seed, numRuns: several })) {
      const { what, object } = changed(example, numbers);
      const difference = await differenceOf(example.gvk.kind, object);
      if (difference !== undefined) differences.push(`${example.gvk.kind}: ${what}: ${difference}`);
    }
    expect(differences).toEqual([]);
  });
});
