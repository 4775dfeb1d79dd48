import { describe, expect, it } from 'vitest';
import { decodeProtobuf } from './decode.ts';

/** Writers of the wire format, small enough to be right at sight. */
const bytes = (...parts: (number | Buffer | string)[]) =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part))),
  );
const field = (number: number, value: Buffer | string) => {
  const body = Buffer.from(value);
  return bytes((number << 3) | 2, body.length, body);
};
const varint = (number: number, value: number) => bytes(number << 3, value);

function envelope(apiVersion: string, kind: string, message: Buffer): Buffer {
  const typeMeta = bytes(field(1, apiVersion), field(2, kind));
  return bytes('k8s\0', field(1, typeMeta), field(2, message));
}

describe('decodeProtobuf', () => {
  it('tells a zero that is meant from one that is not', () => {
    const spec = bytes(varint(1, 0), varint(5, 0));
    const metadata = bytes(field(1, 'web'), field(3, ''));
    const body = envelope('apps/v1', 'Deployment', bytes(field(1, metadata), field(2, spec)));
    // replicas is a pointer, so 0 is meant; minReadySeconds is not.
    expect(decodeProtobuf(body)).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { replicas: 0 },
    });
  });

  it('reads maps, bytes, times and structures that stand inline', () => {
    const entry = bytes(field(1, 'k'), field(2, 'v'));
    const metadata = bytes(field(11, entry), field(8, varint(1, 60)));
    const secret = envelope('v1', 'Secret', bytes(field(1, metadata), field(2, entry)));
    expect(decodeProtobuf(secret)).toMatchObject({
      metadata: { labels: { k: 'v' }, creationTimestamp: '1970-01-01T00:01:00Z' },
      data: { k: 'dg==' },
    });
    const source = field(2, field(2, Buffer.alloc(0)));
    const volume = bytes(field(1, 'v'), source);
    const pod = envelope('v1', 'Pod', field(2, field(1, volume)));
    expect(decodeProtobuf(pod)).toMatchObject({ spec: { volumes: [{ name: 'v', emptyDir: {} }] } });
  });

  it('refuses what it does not know', () => {
    expect(() => decodeProtobuf(Buffer.from('{}'))).toThrow(/expected prefix \[107 56 115 0\]/);
    expect(() => decodeProtobuf(envelope('v9', 'Pod', Buffer.alloc(0)))).toThrow(/no kind "Pod"/);
    const cut = envelope('v1', 'Pod', Buffer.alloc(0)).subarray(0, 10);
    expect(() => decodeProtobuf(cut)).toThrow(/ends within/);
  });
});
