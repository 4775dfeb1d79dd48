/** What a copy of the data directory tells of Secrets: nothing. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import { at, configMaps, secrets } from '../../client/resources.ts';
import { openStore } from '../../store/open.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

describe('Secrets on disk', () => {
  let directory: string;
  const dataEncryptionKey = randomBytes(32);
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'skiff-rest-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const start = async (key: Uint8Array = dataEncryptionKey): Promise<TestServer> => {
    const options = { directory, after: systemClock.after, report: () => {} };
    const store = await openStore(options);
    return startTestServer({ store, dataEncryptionKey: key });
  };
  const make = (server: TestServer, kind: 'Secret' | 'ConfigMap', name: string, value: string) => {
    const resource = kind === 'Secret' ? secrets : configMaps;
    const values = kind === 'Secret' ? { stringData: { value } } : { data: { value } };
    const object = {
      apiVersion: 'v1',
      kind,
      metadata: { name, annotations: { value } },
      ...values,
    };
    return server.client.create({ ...resource, namespace: 'default' }, object as UnknownObject);
  };
  async function onDisk(): Promise<Buffer> {
    const files = await readdir(directory);
    return Buffer.concat(await Promise.all(files.map((file) => readFile(join(directory, file)))));
  }

  it('are encrypted whole, with their names alone to be seen; everything else is not', async () => {
    const needle = 'a-needle-in-a-haystack';
    const server = await start();
    await make(server, 'Secret', 'hidden', needle);
    await make(server, 'ConfigMap', 'plain', 'a-config-map');
    await server.close();
    const bytes = await onDisk();
    expect(bytes.includes('secrets/default/hidden')).toBe(true);
    expect(bytes.includes('a-config-map')).toBe(true);
    for (const text of [needle, Buffer.from(needle).toString('base64').slice(0, 20)]) {
      expect(bytes.includes(text)).toBe(false);
    }
    const again = await start();
    const read = (await again.client.get(at(secrets, 'hidden', 'default'))) as UnknownObject & {
      data: { value: string };
    };
    expect(Buffer.from(read.data.value, 'base64').toString()).toBe(needle);
    await again.close();
  });

  it('are not given up for lost with another key: the server does not start', async () => {
    const server = await start();
    await make(server, 'Secret', 'hidden', 'x');
    await server.close();
    await expect(start(randomBytes(32))).rejects.toThrow(
      /secrets\/default\/hidden cannot be decrypted: it is damaged, or was encrypted with another key/,
    );
  });
});
