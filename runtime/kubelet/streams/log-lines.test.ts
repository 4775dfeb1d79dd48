import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { shapeLog } from './log-lines.ts';

const log =
  '2026-01-01T00:00:00.1Z one\n2026-01-01T00:00:00.2Z two words\n2026-01-01T00:00:00.3Z \n';

const shape = (chunks: string[], timestamps: boolean, limitBytes?: number) =>
  text(
    Readable.from(chunks.map((chunk) => Buffer.from(chunk))).pipe(
      shapeLog({ timestamps, limitBytes }),
    ),
  );

describe('log lines', () => {
  it('lose their times, however the bytes come', async () => {
    for (const size of [1, 7, 30, 1_000]) {
      const chunks = log.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      expect(await shape(chunks, false)).toBe('one\ntwo words\n\n');
    }
  });

  it('keep them when asked', async () => {
    expect(await shape([log], true)).toBe(log);
  });

  it('end at the limit', async () => {
    expect(await shape([log], false, 6)).toBe('one\ntw');
    expect(await shape([log], true, 4)).toBe('2026');
  });
});
