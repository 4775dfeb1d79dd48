import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../api/clock.ts';
import { realSchemas } from '../../api/schema-bundle.case.ts';
import { useTestServer } from '../testing/use-server.ts';
import { rehearse } from './rehearsal.ts';

const server = useTestServer();

beforeAll(async () => {
  await server.api.listen({ host: '127.0.0.1', port: 0 });
  // Made in the background otherwise.
  await server.pki.frontProxy();
});

const options = (signal: AbortSignal, lines: string[] = []) => ({
  pki: server.pki,
  schemas: realSchemas(),
  clock: systemClock,
  serviceCidr: '10.96.0.0/16',
  clusterDomain: 'cluster.local',
  log: (line: string) => lines.push(line),
  signal,
});

const keys = async () => {
  const directory = join(server.directory, 'pki');
  const names = (await readdir(directory)).sort();
  return Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
};

it('asks a server of its own, and leaves no trace in the one that people use', async () => {
  const before = await keys();
  const lines: string[] = [];

  const answered = await rehearse(options(new AbortController().signal, lines));

  expect(answered).toBeGreaterThan(0);
  expect(lines).toEqual([]);
  expect(await keys()).toEqual(before);
  // The server writes in the background what is its own; nothing of it is of the rehearsal.
  const { entries } = await server.store.list('');
  expect(entries.length).toBeGreaterThan(0);
  expect(entries.filter(({ key }) => key.includes('rehearsal'))).toEqual([]);
});

it('ends when the cluster does', async () => {
  const ending = new AbortController();
  ending.abort();
  expect(await rehearse(options(ending.signal))).toBe(0);
});

it('leaves the processor to others who write', async () => {
  let written = 0;
  const writes = () => {
    written += 100;
    return written;
  };
  const answered = await rehearse({ ...options(new AbortController().signal), writes });
  // Each of the connections looks before it asks.
  expect(answered).toBe(1);
});
