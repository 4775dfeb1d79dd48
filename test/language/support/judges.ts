/** What the checker and what an API server say of one and the same object. */
import { Checker } from '../../../language-server/checker.ts';
import { diskFiles } from '../../../language-server/files.ts';
import { readManifestFile } from '../../../language-server/routing/manifest-file.ts';
import { checkFile } from '../../../language-server/rules/check.ts';
import { defaultSettings } from '../../../language-server/settings.ts';
import { findKind } from '../../../runtime/api/kinds.ts';
import {
  type GroupVersionKind,
  parseApiVersion,
  type UnknownObject,
} from '../../../runtime/api/object.ts';
import { schemaDirectory } from '../../../runtime/api/schema-bundle.case.ts';
import type { Status } from '../../../runtime/api/status.ts';
import { restFor } from '../../../runtime/apiserver/testing/rest.ts';
import { startTestServer } from '../../../runtime/apiserver/testing/test-server.ts';
import type { Example } from './corpus.ts';

export interface CheckerJudge {
  readonly checker: Checker;
  /** The errors, as `rule: message`. */
  errorsOf(text: string): string[];
  /** What it says that the server would warn of. */
  warningsOf(text: string): string[];
}

/** A checker that knows the custom kinds in `texts`, and nothing else of a workspace. */
export function checkerJudge(texts: Iterable<string> = []): CheckerJudge {
  const checker = new Checker(schemaDirectory(), diskFiles);
  let number = 0;
  for (const text of texts) checker.index(`file:///corpus/${number++}.yaml`, text);
  const context = checker.contextFor('file:///corpus/judged.yaml', defaultSettings);
  if (context === undefined) throw new Error('nothing is checked');
  const { cross: _, ...alone } = context;
  return {
    checker,
    errorsOf: (text) =>
      checkFile(readManifestFile(text), alone)
        .filter(({ severity }) => severity === 'error')
        .map(({ rule, message }) => `${rule}: ${message}`),
    warningsOf: (text) =>
      checkFile(readManifestFile(text), alone)
        .filter(({ rule }) => rule === 'deprecated-api' || rule === 'server-warning')
        .map(({ message }) => message),
  };
}

export interface ServerAnswer {
  readonly refusal: string | undefined;
  readonly warnings: readonly string[];
}

export interface ServerJudge {
  /** What a dry run answers: undefined if it would take the object, else the message. */
  refusalOf(object: UnknownObject): Promise<string | undefined>;
  /** The same, with the texts of the answer's Warning headers. */
  answerTo(object: UnknownObject): Promise<ServerAnswer>;
  close(): Promise<void>;
}

/** A server that has what the examples need: namespaces, accounts, classes, definitions. */
export async function serverJudge(prepared: readonly UnknownObject[]): Promise<ServerJudge> {
  const server = await startTestServer();
  const rest = await restFor(server);
  const post = async (object: UnknownObject, query: string): Promise<ServerAnswer> => {
    const path = pathOf(object);
    if (path === undefined) {
      return { refusal: `no such kind: ${object.apiVersion} ${object.kind}`, warnings: [] };
    }
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(object);
    const answer = await rest.send(`${path}${query}`, { method: 'POST', headers, body });
    const refusal = answer.code < 300 ? undefined : (answer.json() as Status).message;
    return { refusal, warnings: warningsIn(answer.headers.warning) };
  };
  for (const object of prepared) {
    const { refusal } = await post(object, '');
    if (refusal !== undefined) throw new Error(`${object.kind}: ${refusal}`);
  }
  const answerTo = (object: UnknownObject) => post(object, '?dryRun=All&fieldValidation=Strict');
  return {
    answerTo,
    refusalOf: async (object) => (await answerTo(object)).refusal,
    async close() {
      rest.close();
      await server.close();
    },
  };
}

/** `299 - "text"`, several with commas between. */
function warningsIn(header: string | undefined): string[] {
  return [...(header ?? '').matchAll(/299 - "((?:\\.|[^"\\])*)"/g)].map(([, text = '']) =>
    text.replace(/\\(.)/g, '$1'),
  );
}

const custom = new Map<string, { resource: string; namespaced: boolean }>();

/** Custom kinds of the corpus, which no table knows. */
export function knowCustomKinds(examples: readonly Example[]): void {
  for (const { gvk, object } of examples) {
    if (gvk.kind !== 'CustomResourceDefinition') continue;
    const { group, names, scope, versions } = object.spec as {
      group: string;
      names: { plural: string; kind: string };
      scope: string;
      versions: { name: string }[];
    };
    for (const { name } of versions) {
      const key = keyOf({ group, version: name, kind: names.kind });
      custom.set(key, { resource: names.plural, namespaced: scope === 'Namespaced' });
    }
  }
}

function keyOf({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}/${kind}`;
}

function pathOf(object: UnknownObject): string | undefined {
  const gvk = { ...parseApiVersion(object.apiVersion), kind: object.kind };
  const kind = findKind(gvk) ?? custom.get(keyOf(gvk));
  if (kind === undefined) return undefined;
  const base = gvk.group === '' ? '/api/v1' : `/apis/${gvk.group}/${gvk.version}`;
  const given = (object.metadata as { namespace?: unknown } | undefined)?.namespace;
  // What is no name cannot stand in a path either; the server then compares it with the body.
  const namespace = typeof given === 'string' && given !== '' ? given : 'default';
  const place = kind.namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${base}${place}/${kind.resource}`;
}
