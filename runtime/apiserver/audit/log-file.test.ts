import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import type { AuditEvent } from './event.ts';
import { AuditLog } from './log-file.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'skiff-audit-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const event = (auditID: string, size = 0) =>
  ({ kind: 'Event', auditID, requestURI: 'x'.repeat(size) }) as AuditEvent;
const ids = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as AuditEvent).auditID);

async function openLog(options: object = {}): Promise<AuditLog> {
  const log = new AuditLog({
    file: join(directory, 'audit.log'),
    clock: new VirtualClock(),
    report: (message) => expect.fail(message),
    ...options,
  });
  await log.open();
  return log;
}

it('appends a line an event, to what is there', async () => {
  for (const round of [0, 1]) {
    const log = await openLog();
    for (let i = 0; i < 3; i++) log.write(event(`${round}-${i}`));
    await log.close();
  }
  const text = await readFile(join(directory, 'audit.log'), 'utf8');
  expect(ids(text)).toEqual(['0-0', '0-1', '0-2', '1-0', '1-1', '1-2']);
});

it('begins a new file when one is full, and keeps a few: no event is cut or lost', async () => {
  const clock = new VirtualClock();
  const log = await openLog({ clock, maxSizeMb: 1, maxBackups: 2 });
  for (let i = 0; i < 45; i++) log.write(event(String(i), 100_000));
  await log.close();
  const files = (await readdir(directory)).sort();
  expect(files).toHaveLength(3);
  const all: string[] = [];
  for (const name of files) {
    const text = await readFile(join(directory, name), 'utf8');
    expect(text.length).toBeLessThanOrEqual(1024 * 1024);
    all.push(...ids(text));
  }
  // Ten in a file, five in the last one: of the oldest twenty nothing is kept.
  expect(all).toEqual(Array.from({ length: 25 }, (_, i) => String(i + 20)));
});

it('removes what is too old, and nothing that is not its own', async () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 31));
  for (const name of [
    'audit-2026-01-01T00-00-00.000.log',
    'audit-2026-01-30T00-00-00.000.log',
    'audit-notes.log',
  ]) {
    await writeFile(join(directory, name), 'x');
  }
  const log = await openLog({ clock, maxAgeDays: 7 });
  await log.close();
  expect((await readdir(directory)).sort()).toEqual([
    'audit-2026-01-30T00-00-00.000.log',
    'audit-notes.log',
    'audit.log',
  ]);
});

it('says that it cannot write', async () => {
  await writeFile(join(directory, 'file'), '');
  const log = new AuditLog({
    file: join(directory, 'file', 'audit.log'),
    clock: new VirtualClock(),
    report: () => {},
  });
  await expect(log.open()).rejects.toThrow(/EEXIST|ENOTDIR/);
});

it('makes the directories that are wanted', async () => {
  const file = join(directory, 'a/b/audit.log');
  const log = await openLog({ file });
  log.write(event('deep'));
  await log.close();
  expect(ids(await readFile(file, 'utf8'))).toEqual(['deep']);
});

it.skipIf(process.platform !== 'linux')('says at once that a file cannot be made', async () => {
  await writeFile(join(directory, 'file'), '');
  for (const file of ['/proc/none/deep/audit.log', join(directory, 'file/audit.log')]) {
    await expect(openLog({ file })).rejects.toThrow(`cannot write the audit log ${file}: `);
  }
});
