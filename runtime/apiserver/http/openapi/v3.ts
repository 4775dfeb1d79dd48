import { Breath } from '../../registry/breath.ts';
import type { Definitions } from '../../registry/schemas.ts';
import type { ServedResource } from '../../registry/served.ts';
import { version } from '../version.ts';
import { closure, definitionNames, encodedEntries } from './definitions.ts';
import { type Operation, type PathItem, pathItemsOf } from './paths.ts';
import { documentBytes, pathBytes, schemaBytes } from './v3-binary.ts';

const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

/** The document in pieces, each as JSON, under its path or its name. */
interface Pieces {
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: readonly (readonly [path: string, item: string])[];
  readonly schemas: readonly (readonly [name: string, schema: string])[];
}

/** The document of one group and version, as bytes. */
export async function openApiV3(
  served: readonly ServedResource[],
  definitions: Definitions,
): Promise<Buffer> {
  const { info, paths, schemas } = await piecesOf(served, definitions);
  const members = (entries: Pieces['paths']) =>
    entries.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',');
  return Buffer.from(
    `{"openapi":"3.0.0","info":${JSON.stringify(info)},"paths":{${members(paths)}},"components":{"schemas":{${members(schemas)}}}}`,
  );
}

/** The same in the binary form. */
export async function openApiV3Binary(
  served: readonly ServedResource[],
  definitions: Definitions,
): Promise<Buffer> {
  const { info, paths, schemas } = await piecesOf(served, definitions);
  return documentBytes(
    info,
    await encodedEntries(paths, pathBytes),
    await encodedEntries(schemas, schemaBytes),
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
  for (const { kind } of served) names.add(nameOf(kind));
  const schemas = await closure(definitions, names);
  const known = (name: string) => schemas.has(name);
  const breath = new Breath();
  const paths: [string, string][] = [];
  for (const item of items) {
    paths.push([item.path, JSON.stringify(pathOf(item, known))]);
    if (breath.due) await breath.pause();
  }
  const info = { title: 'Kubernetes', version: version.gitVersion };
  return { info, paths, schemas: [...schemas] };
}

function pathOf(item: PathItem, known: (name: string) => boolean): object {
  const parameters = [
    ...(item.named ? [pathParameter('name', 'name of the object')] : []),
    ...(item.namespaced ? [pathParameter('namespace', 'namespace of the object')] : []),
  ];
  const operations = item.operations.map((operation) => [
    operation.method,
    operationOf(operation, known),
  ]);
  return { ...(parameters.length > 0 ? { parameters } : {}), ...Object.fromEntries(operations) };
}

function pathParameter(name: string, description: string): object {
  const schema = { type: 'string', uniqueItems: true };
  return { name, in: 'path', description, required: true, schema };
}

function operationOf(operation: Operation, known: (name: string) => boolean): object {
  const { id, description, action, gvk, parameters, body, answer, codes, method } = operation;
  const refer = (name: string) =>
    known(name)
      ? { schema: { $ref: `#/components/schemas/${name}` } }
      : { schema: { type: 'object' } };
  const bodyTypes = method === 'patch' ? patchTypes : ['application/json', 'application/yaml'];
  return {
    tags: [`${gvk.group || 'core'}_${gvk.version}`],
    description,
    operationId: id,
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
    parameters: parameters.map(({ name, type, description: text }) => ({
      name,
      in: 'query',
      description: text,
      schema: { type, uniqueItems: true },
    })),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: method !== 'delete',
            content: Object.fromEntries(bodyTypes.map((type) => [type, refer(body)])),
          },
        }),
    responses: Object.fromEntries(
      codes.map((code) => [
        String(code),
        {
          description: { 200: 'OK', 201: 'Created', 202: 'Accepted' }[code] ?? 'OK',
          content:
            answer === ''
              ? { '*/*': { schema: { type: 'string' } } }
              : { 'application/json': refer(answer), 'application/yaml': refer(answer) },
        },
      ]),
    ),
  };
}
