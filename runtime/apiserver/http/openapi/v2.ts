import { Breath } from '../../registry/breath.ts';
import type { Definitions } from '../../registry/schemas.ts';
import type { ServedResource } from '../../registry/served.ts';
import { version } from '../version.ts';
import { closure, definitionNames } from './definitions.ts';
import { type Operation, pathItemsOf } from './paths.ts';

/** The one document of version 2, as bytes. */
export async function openApiV2(
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
  const schemas = await closure(definitions, names);
  const breath = new Breath();
  const list: string[] = [];
  for (const [name, text] of schemas) {
    list.push(`${JSON.stringify(name)}:${asVersion2(text)}`);
    if (breath.due) await breath.pause();
  }
  const known = (name: string) => schemas.has(name);
  const paths: string[] = [];
  for (const item of items) {
    const operations = item.operations.map((operation) => [
      operation.method,
      operationOf(operation, known),
    ]);
    const parameters = [
      ...(item.named ? [pathParameter('name')] : []),
      ...(item.namespaced ? [pathParameter('namespace')] : []),
    ];
    const value = { ...Object.fromEntries(operations), parameters };
    paths.push(`${JSON.stringify(item.path)}:${JSON.stringify(value)}`);
    if (breath.due) await breath.pause();
  }
  const info = JSON.stringify({ title: 'Kubernetes', version: version.gitVersion });
  return Buffer.from(
    `{"swagger":"2.0","info":${info},"paths":{${paths.join(',')}},"definitions":{${list.join(',')}}}`,
  );
}

/** Version 2 keeps definitions elsewhere and has no unions; a lone allOf is its reference. */
function asVersion2(text: string): string {
  const value = JSON.parse(text, (_, member: unknown) => {
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member;
    const {
      allOf,
      oneOf: _one,
      anyOf: _any,
      nullable: _null,
      ...rest
    } = member as {
      allOf?: object[];
      oneOf?: unknown;
      anyOf?: unknown;
      nullable?: unknown;
    };
    if (allOf?.length === 1) {
      const { default: _default, ...others } = rest as { default?: unknown };
      return { ...others, ...allOf[0] };
    }
    return rest;
  }) as unknown;
  return JSON.stringify(value).replaceAll('"#/components/schemas/', '"#/definitions/');
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
