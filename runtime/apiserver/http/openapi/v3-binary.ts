/**
 * OpenAPI version 3 in the binary form that clients within a cluster ask for. The messages are those of
 * openapiv3/OpenAPIv3.proto in google/gnostic.
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

export const binaryVersion3 = 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf';

const reference = messageOf([['$ref', 1, text]]);
const plainSchema = message(() => schemaMessage);

/** A schema that is named elsewhere, or the schema itself. */
const schema: Field['write'] = (writer, number, value) =>
  nested(writer, number, () => {
    if ((value as { $ref?: string }).$ref === undefined) plainSchema(writer, 1, value);
    else message(() => reference)(writer, 2, value);
  });

const additional = orFlag(schema);

/** Only what is plain can be told; of a list or an object, that there is one. */
const plainDefault: Field['write'] = (writer, number, value) =>
  nested(writer, number, () => {
    if (typeof value === 'number') double(writer, 1, value);
    else if (typeof value === 'string') text(writer, 3, value);
    else if (typeof value === 'boolean') {
      writer.varint(value ? 1 : 0);
      writer.tag(2, 0);
    }
  });

const schemaMessage = messageOf(
  [
    ['nullable', 1, flag],
    ['readOnly', 3, flag],
    ['writeOnly', 4, flag],
    ['example', 7, any],
    ['deprecated', 8, flag],
    ['title', 9, text],
    ['multipleOf', 10, double],
    ['maximum', 11, double],
    ['exclusiveMaximum', 12, flag],
    ['minimum', 13, double],
    ['exclusiveMinimum', 14, flag],
    ['maxLength', 15, integer],
    ['minLength', 16, integer],
    ['pattern', 17, text],
    ['maxItems', 18, integer],
    ['minItems', 19, integer],
    ['uniqueItems', 20, flag],
    ['maxProperties', 21, integer],
    ['minProperties', 22, integer],
    ['required', 23, repeated(text)],
    ['enum', 24, repeated(any)],
    ['type', 25, text],
    ['allOf', 26, repeated(schema)],
    ['oneOf', 27, repeated(schema)],
    ['anyOf', 28, repeated(schema)],
    ['not', 29, plainSchema],
    ['items', 30, wrapped(1, repeated(schema))],
    ['properties', 31, wrapped(1, named(schema))],
    ['additionalProperties', 32, additional],
    ['default', 33, plainDefault],
    ['description', 34, text],
    ['format', 35, text],
  ],
  36,
);

const mediaType = messageOf([['schema', 1, schema]], 5);
/** MediaTypes > pairs of a type and what is of it. */
const content = wrapped(1, named(message(() => mediaType)));

const parameterMessage = messageOf(
  [
    ['name', 1, text],
    ['in', 2, text],
    ['description', 3, text],
    ['required', 4, flag],
    ['schema', 10, schema],
  ],
  14,
);
const parameters = repeated(
  wrapped(
    1,
    message(() => parameterMessage),
  ),
);

const requestBody = messageOf([
  ['description', 1, text],
  ['content', 2, content],
  ['required', 3, flag],
]);
const response = messageOf([
  ['description', 1, text],
  ['content', 3, content],
]);
const responses = wrapped(
  2,
  named(
    wrapped(
      1,
      message(() => response),
    ),
  ),
);
const operation = messageOf(
  [
    ['tags', 1, repeated(text)],
    ['summary', 2, text],
    ['description', 3, text],
    ['operationId', 5, text],
    ['parameters', 6, parameters],
    [
      'requestBody',
      7,
      wrapped(
        1,
        message(() => requestBody),
      ),
    ],
    ['responses', 8, responses],
    ['deprecated', 10, flag],
  ],
  13,
);
const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];
const pathItem = messageOf(
  [
    ...methods.map((method, index): Row => [method, index + 4, message(() => operation)]),
    ['parameters', 13, parameters],
  ],
  14,
);
const info = messageOf([
  ['title', 1, text],
  ['version', 6, text],
]);

/** One path of the document with its operations, as an entry of `paths`. */
export function pathBytes(path: string, item: object): Buffer {
  return entryBytes(
    1,
    message(() => pathItem),
    path,
    item,
  );
}

/** One schema of the document, as an entry of `components.schemas`. */
export function schemaBytes(name: string, definition: object): Buffer {
  return entryBytes(1, schema, name, definition);
}

/** The whole document from its entries. */
export function documentBytes(
  about: { readonly title: string; readonly version: string },
  paths: readonly Buffer[],
  schemas: readonly Buffer[],
): Buffer {
  const head = new BackwardWriter();
  message(() => info)(head, 2, about);
  text(head, 1, '3.0.0');
  const named = [headOf(1, schemas), ...schemas];
  return Buffer.concat([head.take(), headOf(4, paths), ...paths, headOf(5, named), ...named]);
}
