import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kinds } from '../../api/kinds.ts';
import { apiVersionOf, type UnknownObject } from '../../api/object.ts';
import { realSchemas } from '../../api/schema-bundle.case.ts';
import { decodeProtobuf } from './decode.ts';
import { encodeProtobuf, isEncodable, watchFrame } from './encode.ts';
import { randomFrom, randomObject } from './testing/objects.ts';

const hex = (bytes: Buffer | undefined) => bytes?.toString('latin1');

/** What was not set comes back as zero where the wire has no way to tell: that says the same. */
function withoutZeros(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutZeros(item) ?? null);
  if (value === null || typeof value !== 'object') {
    return value === '' || value === 0 || value === '0' || value === false ? undefined : value;
  }
  const members = Object.entries(value).map(([name, member]) => [name, withoutZeros(member)]);
  const kept = members.filter(([, member]) => member !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

describe('encodeProtobuf', () => {
  it('knows every built-in kind', () => {
    const missing = kinds.filter((kind) => !isEncodable(apiVersionOf(kind), kind.kind));
    expect(missing.map(({ kind }) => kind)).toEqual([]);
    expect(isEncodable('apps.example.com/v1', 'Deployment')).toBe(false);
  });

  for (const kind of kinds) {
    const apiVersion = apiVersionOf(kind);
    it(`reads ${apiVersion} ${kind.kind} back as it was`, () => {
      const check = (seed: number, density: number) => {
        const random = randomFrom(seed);
        const members = randomObject(realSchemas(), kind, random, density);
        const object = { apiVersion, kind: kind.kind, ...members } as unknown as UnknownObject;
        const decoded = decodeProtobuf(encodeProtobuf(object) as Buffer);
        expect(withoutZeros(decoded)).toEqual(withoutZeros(object));
      };
      check(0, 1);
      fc.assert(
        fc.property(fc.nat(), (seed) => check(seed, 0.6)),
        { numRuns: 5, seed: 7 },
      );
    });
  }

  it('writes what the original writes, zeros and all', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c', creationTimestamp: '1970-01-01T00:01:00Z' },
      data: { b: '2', a: '1' },
    };
    const metadata =
      '\x0a\x01c\x12\x00\x1a\x00\x22\x00\x2a\x00\x32\x00\x38\x00\x42\x04\x08\x3c\x10\x00';
    const data = '\x12\x06\x0a\x01a\x12\x011\x12\x06\x0a\x01b\x12\x012';
    const message = `\x0a\x15${metadata}${data}`;
    expect(hex(encodeProtobuf(object))).toBe(
      `k8s\0\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12\x27${message}\x1a\x00\x22\x00`,
    );
  });

  it('writes negative and large numbers, and text beyond ASCII', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', generation: 2 ** 40, annotations: { ä: '🙂' } },
      spec: { containers: [], priority: -5 },
    };
    const decoded = decodeProtobuf(encodeProtobuf(object) as Buffer);
    expect(decoded).toMatchObject({ metadata: object.metadata, spec: { priority: -5 } });
  });

  it('does not depend on the order of members', () => {
    const one = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
      data: { x: '', y: '' },
    };
    const other = {
      data: { y: '', x: '' },
      metadata: { name: 'a' },
      kind: 'ConfigMap',
      apiVersion: 'v1',
    };
    expect(encodeProtobuf(one)).toEqual(encodeProtobuf(other));
  });

  it('frames events of a watch by their length', () => {
    const frame = watchFrame('ADDED', Buffer.from('abc'));
    expect(hex(frame)).toBe('\0\0\0\x0e\x0a\x05ADDED\x12\x05\x0a\x03abc');
  });
});
