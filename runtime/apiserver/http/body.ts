/** Request bodies: reading them whole, and decoding JSON and YAML. */
import type { IncomingMessage } from 'node:http';
import { jsonProblem } from '../../api/json-problem.ts';
import { apiError } from '../../api/status.ts';
import { decodeProtobuf, type TypeName } from '../protobuf/decode.ts';
import { isTooDeep } from './depth.ts';
import { duplicateMembers, hasDuplicates } from './duplicates.ts';
import { type Decoded, readFullYaml, Unreadable } from './full-yaml.ts';
import { readPlainYaml } from './plain-yaml.ts';
import { checkYaml } from './yaml-guard.ts';
import { longYaml, type YamlThread } from './yaml-thread.ts';

const limit = 3 * 1024 * 1024;

/** Throws RequestEntityTooLarge. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        request.removeAllListeners('data');
        request.resume();
        const text = `Request entity too large: limit is ${limit}`;
        reject(apiError('RequestEntityTooLarge', text));
      } else {
        chunks.push(chunk);
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('aborted', () => reject(apiError('BadRequest', 'the client has gone')));
  });
}

/** The media type of a body without its parameters; JSON if none is named. */
export function mediaTypeOf(request: IncomingMessage): string {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').split(';');
  // What is no parameter makes it no media type either.
  if (parameters.some((text) => text.trim() !== '' && !text.includes('='))) return '';
  return type.trim().toLowerCase() || 'application/json';
}

/** How bodies may be written, of objects that have a binary form and of those that have none. */
const textTypes = ['application/json', 'application/yaml'];
const binaryType = 'application/vnd.kubernetes.protobuf';

/** What a body is expected to be. */
export interface Expected extends TypeName {
  /** It has a binary form. */
  readonly binary: boolean;
}

/** Throws Unreadable, UnsupportedMediaType. */
export function decodeBody(
  bytes: Buffer,
  mediaType: string,
  findDuplicates: boolean,
  expected: Expected,
): Decoded {
  const accepted = expected.binary ? [...textTypes, binaryType] : textTypes;
  switch (mediaType) {
    case 'application/json':
      return decodeJson(bytes.toString(), findDuplicates);
    case 'application/yaml':
      return decodeYaml(bytes.toString());
    case binaryType:
      if (expected.binary) return { value: protobuf(bytes, expected), duplicates: [] };
  }
  throw apiError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
}

function protobuf(bytes: Buffer, implied: TypeName): unknown {
  try {
    return decodeProtobuf(bytes, implied);
  } catch (error) {
    throw new Unreadable(error instanceof Error ? error.message : String(error));
  }
}

/** Throws Unreadable. */
export function decodeJson(text: string, findDuplicates: boolean): Decoded {
  if (isTooDeep(text)) throw new Unreadable('exceeded max depth');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Unreadable(jsonProblem(text));
  }
  const twice = findDuplicates && hasDuplicates(text, value);
  return { value, duplicates: twice ? duplicateMembers(text) : [] };
}

/**
 * YAML 1.2's core schema, of which JSON is a part; `yes`, `on` and octals follow YAML 1.1. Throws
 * Unreadable, or RequestEntityTooLarge for what would take too long to read.
 */
export function decodeYaml(text: string): Decoded {
  return jsonIn(text) ?? readPlainYaml(text, meaningOf) ?? parseYaml(text);
}

/** As `decodeBody`, but long YAML is read beside, so that it holds nobody up. */
export async function decodeBodyBeside(
  bytes: Buffer,
  mediaType: string,
  findDuplicates: boolean,
  expected: Expected,
  thread: YamlThread | undefined,
): Promise<Decoded> {
  if (mediaType !== 'application/yaml') {
    return decodeBody(bytes, mediaType, findDuplicates, expected);
  }
  return decodeYamlBeside(bytes.toString(), thread);
}

/** As `decodeYaml`; throws TooManyRequests, too. */
export async function decodeYamlBeside(
  text: string,
  thread: YamlThread | undefined,
): Promise<Decoded> {
  if (thread === undefined || text.length < longYaml) return decodeYaml(text);
  return jsonIn(text) ?? readPlainYaml(text, meaningOf) ?? thread.read(text);
}

/** Most of what is called YAML is JSON, which is read a hundred times faster. */
function jsonIn(text: string): Decoded | undefined {
  if (!/^\s*\{/.test(text) || isTooDeep(text)) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return { value, duplicates: hasDuplicates(text, value) ? duplicateMembers(text) : [] };
  } catch {
    // It only begins like JSON.
    return undefined;
  }
}

/** What a plain value on one line means, wherever that stands. Throws Unreadable. */
export function meaningOf(plain: string): unknown {
  // As an item: alone it might be the mark of a document.
  return (parseYaml(`- ${plain}`).value as unknown[])[0];
}

/** By the full parser, which reads everything, slowly. Throws Unreadable, RequestEntityTooLarge. */
export function parseYaml(text: string): Decoded {
  checkYaml(text);
  return readFullYaml(text);
}
