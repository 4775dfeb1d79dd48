import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import { loadOrCreatePki } from './pki.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'skiff-pki-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it('makes certificates that hang together, and keeps them', async () => {
  const clock = new VirtualClock();
  const pki = await loadOrCreatePki(directory, clock);
  const authority = new X509Certificate(pki.caPem);
  const server = new X509Certificate(
    (await pki.serverCertificate(['localhost', '10.0.0.1'])).certPem,
  );
  expect(server.verify(authority.publicKey)).toBe(true);
  expect(server.checkHost('localhost')).toBe('localhost');
  expect(server.checkIP('10.0.0.1')).toBe('10.0.0.1');
  expect(new X509Certificate(pki.admin.certPem).subject).toContain('O=system:masters');

  const again = await loadOrCreatePki(directory, clock);
  expect(again).toMatchObject({ caPem: pki.caPem, admin: pki.admin });
  expect((await stat(join(directory, 'ca.key'))).mode & 0o777).toBe(0o600);
});

it('renews what nears its end, and what names too few hosts', async () => {
  const clock = new VirtualClock();
  const pki = await loadOrCreatePki(directory, clock);
  const first = await pki.serverCertificate(['localhost']);
  expect(await pki.serverCertificate(['localhost'])).toEqual(first);
  const second = await pki.serverCertificate(['localhost', '10.0.0.1']);
  expect(second.certPem).not.toBe(first.certPem);
  await clock.advance(340 * 24 * 3600 * 1000);
  const later = await loadOrCreatePki(directory, clock);
  expect(later.caPem).toBe(pki.caPem);
  expect(later.admin.certPem).not.toBe(pki.admin.certPem);
});

it('makes everything anew when the authority nears its end', async () => {
  const clock = new VirtualClock();
  const pki = await loadOrCreatePki(directory, clock);
  await pki.serverCertificate(['localhost']);
  await clock.advance(3_630 * 24 * 3600 * 1000);
  const later = await loadOrCreatePki(directory, clock);
  expect(later.caPem).not.toBe(pki.caPem);
  const authority = new X509Certificate(later.caPem);
  const server = new X509Certificate((await later.serverCertificate(['localhost'])).certPem);
  expect(server.verify(authority.publicKey)).toBe(true);
  expect(new X509Certificate(later.admin.certPem).verify(authority.publicKey)).toBe(true);
  expect(Date.parse(server.validTo)).toBeGreaterThan(clock.now() + 300 * 24 * 3600 * 1000);
});
