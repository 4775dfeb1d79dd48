import { Breath } from '../../registry/breath.ts';
import type { Definitions } from '../../registry/schemas.ts';
import type { ServedResource } from '../../registry/served.ts';
import { version } from '../version.ts';
import { closure, definitionNames, encodedEntries } from './definitions.ts';
import { type Operation, pathItemsOf } from './paths.ts';
import { definitionBytes, documentBytes, pathBytes } from './v2-binary.ts';
import { definitionOfVersion2 } from './v2-schema.ts';

/** The document of version 2 in pieces, each as JSON, under its path or its name. */
interface Pieces {
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: readonly (readonly [path: string, item: string])[];
  readonly definitions: readonly (readonly [name: string, schema: string])[];
}

/** The one document of version 2, as bytes. */
export async function openApiV2(
  served: readonly ServedResource[],
  definitions: Definitions,
): Promise<Buffer> {
  const pieces = await piecesOf(served, definitions);
  const members = (entries: Pieces['paths']) =>
    entries.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',');
  return Buffer.from(
    `{"swagger":"2.0","info":${JSON.stringify(pieces.info)},"paths":{${members(pieces.paths)}},"definitions":{${members(pieces.definitions)}}}`,
  );
}

/** The same in the binary form. */
export async function openApiV2Binary(
  served: readonly ServedResource[],
  definitions: Definitions,
): Promise<Buffer> {
  const pieces = await piecesOf(served, definitions);
  return documentBytes(
    pieces.info,
    await encodedEntries(pieces.paths, pathBytes),
    await encodedEntries(pieces.definitions, definitionBytes),
  );
}

async function piecesOf(
  served: readonly ServedResource[],
  definitions: Definitions,
): Promise<Pieces> {
  const nameOf = definitionNames(definitions);
  const items = served.flatMap(({ kind }) => pathItemsOf(kind, nameOf));
  const names = new Set(
    items.flatMap(({ operations }) =>
      operations.flatMap(({ body, answer }) => [body ?? '', answer]),
    ),
  );
  const schemas = await closure(definitions, names);
  const breath = new Breath();
  const list: [string, string][] = [];
  for (const [name, text] of schemas) {
    list.push([name, JSON.stringify(definitionOfVersion2(JSON.parse(text) as object))]);
    if (breath.due) await breath.pause();
  }
  const known = (name: string) => schemas.has(name);
  const paths: [string, string][] = [];
  for (const item of items) {
    const operations = item.operations.map((operation) => [
      operation.method,
      operationOf(operation, known),
    ]);
    const parameters = [
      ...(item.named ? [pathParameter('name')] : []),
      ...(item.namespaced ? [pathParameter('namespace')] : []),
    ];
    paths.push([item.path, JSON.stringify({ ...Object.fromEntries(operations), parameters })]);
    if (breath.due) await breath.pause();
  }
  const info = { title: 'Kubernetes', version: version.gitVersion };
  return { info, paths, definitions: list };
}

function pathParameter(name: string): object {
  return { name, in: 'path', required: true, type: 'string', uniqueItems: true };
}

function operationOf(operation: Operation, known: (name: string) => boolean): object {
  const { id, description, action, gvk, parameters, body, answer, codes } = operation;
  const refer = (name: string) =>
    known(name) ? { $ref: `#/definitions/${name}` } : { type: 'object' };
  return {
    description,
    operationId: id,
    consumes: ['*/*'],
    produces: ['application/json', 'application/yaml'],
    schemes: ['https'],
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
    parameters: [
      ...(body === undefined ? [] : [{ name: 'body', in: 'body', schema: refer(body) }]),
      ...parameters.map(({ name, type, description: text }) => ({
        name,
        in: 'query',
        description: text,
        type,
        uniqueItems: true,
      })),
    ],
    responses: Object.fromEntries(
      codes.map((code) => [
        String(code),
        { description: 'OK', schema: answer === '' ? { type: 'string' } : refer(answer) },
      ]),
    ),
  };
}
