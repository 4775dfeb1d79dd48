/**
 * OpenAPI version 2 in the binary form that older clients ask for: kubectl up to 1.23 and Helm check
 * manifests with it. The messages are those of openapiv2/OpenAPIv2.proto in google/gnostic.
 */
import { BackwardWriter } from '../../protobuf/writer.ts';
import {
  any,
  double,
  entryBytes,
  type Field,
  flag,
  headOf,
  integer,
  message,
  messageOf,
  named,
  nested,
  orFlag,
  type Row,
  repeated,
  text,
  wrapped,
} from './binary.ts';

export const binaryVersion2 = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

const schema = message(() => schemaMessage);
const additional = orFlag(schema);

const schemaMessage = messageOf(
  [
    ['$ref', 1, text],
    ['format', 2, text],
    ['title', 3, text],
    ['description', 4, text],
    ['default', 5, any],
    ['multipleOf', 6, double],
    ['maximum', 7, double],
    ['exclusiveMaximum', 8, flag],
    ['minimum', 9, double],
    ['exclusiveMinimum', 10, flag],
    ['maxLength', 11, integer],
    ['minLength', 12, integer],
    ['pattern', 13, text],
    ['maxItems', 14, integer],
    ['minItems', 15, integer],
    ['uniqueItems', 16, flag],
    ['maxProperties', 17, integer],
    ['minProperties', 18, integer],
    ['required', 19, repeated(text)],
    ['enum', 20, repeated(any)],
    ['additionalProperties', 21, additional],
    ['type', 22, wrapped(1, repeated(text))],
    ['items', 23, wrapped(1, repeated(schema))],
    ['allOf', 24, repeated(schema)],
    ['properties', 25, wrapped(1, named(schema))],
    ['readOnly', 27, flag],
    ['example', 30, any],
  ],
  31,
);

const bodyParameter = messageOf(
  [
    ['description', 1, text],
    ['name', 2, text],
    ['in', 3, text],
    ['required', 4, flag],
    ['schema', 5, schema],
  ],
  6,
);
/** Those in a path lack `allowEmptyValue`, so that every later number is one less. */
const plainParameter = (shift: 0 | 1) =>
  messageOf(
    [
      ['required', 1, flag],
      ['in', 2, text],
      ['description', 3, text],
      ['name', 4, text],
      ['type', 5 + shift, text],
      ['format', 6 + shift, text],
      ['uniqueItems', 19 + shift, flag],
    ],
    22 + shift,
  );
const queryParameter = plainParameter(1);
const pathParameter = plainParameter(0);

/** ParametersItem > Parameter > the body's, or NonBodyParameter > one of the query or the path. */
const parameter: Field['write'] = (writer, number, value) =>
  nested(writer, number, () =>
    nested(writer, 1, () => {
      const place = (value as { in: string }).in;
      if (place === 'body') message(() => bodyParameter)(writer, 1, value);
      else if (place === 'path')
        wrapped(
          4,
          message(() => pathParameter),
        )(writer, 2, value);
      else
        wrapped(
          3,
          message(() => queryParameter),
        )(writer, 2, value);
    }),
  );

const response = messageOf([
  ['description', 1, text],
  ['schema', 2, wrapped(1, schema)],
]);
const operation = messageOf(
  [
    ['summary', 2, text],
    ['description', 3, text],
    ['operationId', 5, text],
    ['produces', 6, repeated(text)],
    ['consumes', 7, repeated(text)],
    ['parameters', 8, repeated(parameter)],
    [
      'responses',
      9,
      wrapped(
        1,
        named(
          wrapped(
            1,
            message(() => response),
          ),
        ),
      ),
    ],
    ['schemes', 10, repeated(text)],
    ['deprecated', 11, flag],
  ],
  13,
);
const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];
const pathItem = messageOf(
  [
    ...methods.map((method, index): Row => [method, index + 2, message(() => operation)]),
    ['parameters', 9, repeated(parameter)],
  ],
  10,
);
const info = messageOf([
  ['title', 1, text],
  ['version', 2, text],
]);

/** One path of the document with its operations, as an entry of `paths`. */
export function pathBytes(path: string, item: object): Buffer {
  return entryBytes(
    2,
    message(() => pathItem),
    path,
    item,
  );
}

/** One schema of the document, as an entry of `definitions`. */
export function definitionBytes(name: string, definition: object): Buffer {
  return entryBytes(1, schema, name, definition);
}

/** The whole document from its entries. */
export function documentBytes(
  about: { readonly title: string; readonly version: string },
  paths: readonly Buffer[],
  definitions: readonly Buffer[],
): Buffer {
  const head = new BackwardWriter();
  message(() => info)(head, 2, about);
  text(head, 1, '2.0');
  return Buffer.concat([
    head.take(),
    headOf(8, paths),
    ...paths,
    headOf(9, definitions),
    ...definitions,
  ]);
}
