/** Request bodies: reading them whole, and decoding JSON and YAML. */
import type { IncomingMessage } from 'node:http';
import {
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';
import { apiError } from '../../api/status.ts';
import { kubernetesTags } from '../../api/yaml-numbers.ts';
import { jsonProblem } from '../json-problem.ts';
import { decodeProtobuf } from '../protobuf/decode.ts';
import { isTooDeep } from './depth.ts';
import { duplicateMembers, hasDuplicates } from './duplicates.ts';
import { readPlainYaml } from './plain-yaml.ts';
import { checkYaml } from './yaml-guard.ts';

const limit = 3 * 1024 * 1024;

export interface Decoded {
  readonly value: unknown;
  /** Members that the text has twice. */
  readonly duplicates: readonly string[];
}

/** A text that is not of its media type; the message is the decoder's. */
export class Unreadable extends Error {}

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

/** Throws Unreadable, UnsupportedMediaType. */
export function decodeBody(bytes: Buffer, mediaType: string, findDuplicates: boolean): Decoded {
  switch (mediaType) {
    case 'application/json':
      return decodeJson(bytes.toString(), findDuplicates);
    case 'application/yaml':
      return decodeYaml(bytes.toString());
    case 'application/vnd.kubernetes.protobuf':
      return { value: protobuf(bytes), duplicates: [] };
    default:
      throw apiError(
        'UnsupportedMediaType',
        'the body of the request was in an unknown format - accepted media types include: ' +
          'application/json, application/yaml, application/vnd.kubernetes.protobuf',
      );
  }
}

function protobuf(bytes: Buffer): unknown {
  try {
    return decodeProtobuf(bytes);
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
  const document = parseDocument(text, {
    version: '1.1',
    uniqueKeys: false,
    lineCounter: new LineCounter(),
    customTags: kubernetesTags,
  });
  const [error] = document.errors;
  if (error !== undefined) throw unreadableYaml(error);
  const duplicates: string[] = [];
  if (document.contents !== null) collectDuplicates(document.contents as Node, '', duplicates);
  try {
    return { value: document.toJS({ maxAliasCount: 1000 }) as unknown, duplicates };
  } catch (problem) {
    // Aliases that mean too much, or that nobody has named.
    throw unreadableYaml(problem as Error);
  }
}

/** The line in front, as the original's decoder has it; the words are those of the one here. */
function unreadableYaml(problem: Error): Unreadable {
  const [place] = (problem as Partial<YAMLError>).linePos ?? [];
  const [what = ''] = problem.message.split('\n');
  const line = place === undefined ? '' : `line ${place.line}: `;
  return new Unreadable(`yaml: ${line}${what.replace(/ at line \d+, column \d+:$/, '')}`);
}

function collectDuplicates(node: Node | null, path: string, found: string[]): void {
  if (isMap(node)) {
    const names = new Set<string>();
    for (const { key, value } of node.items) {
      if (isCollection(key)) throw unreadableYaml(new Error('invalid map key'));
      const name = isScalar(key) ? String(key.value) : String(key);
      const whole = path === '' ? name : `${path}.${name}`;
      if (names.has(name)) found.push(whole);
      names.add(name);
      collectDuplicates(value as Node | null, whole, found);
    }
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      collectDuplicates(item as Node | null, `${path}[${index}]`, found);
    }
  }
}
