import { Breath } from '../../registry/breath.ts';
import type { Definitions } from '../../registry/schemas.ts';
import type { ServedResource } from '../../registry/served.ts';
import { version } from '../version.ts';
import { closure, definitionNames } from './definitions.ts';
import { type Operation, type PathItem, pathItemsOf } from './paths.ts';

const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

/** The document of one group and version, as bytes. */
export async function openApiV3(
  served: readonly ServedResource[],
  definitions: Definitions,
): Promise<Buffer> {
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
  const paths: string[] = [];
  for (const item of items) {
    paths.push(`${JSON.stringify(item.path)}:${JSON.stringify(pathOf(item, known))}`);
    if (breath.due) await breath.pause();
  }
  const info = JSON.stringify({ title: 'Kubernetes', version: version.gitVersion });
  const list = [...schemas].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',');
  return Buffer.from(
    `{"openapi":"3.0.0","info":${info},"paths":{${paths.join(',')}},"components":{"schemas":{${list}}}}`,
  );
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
