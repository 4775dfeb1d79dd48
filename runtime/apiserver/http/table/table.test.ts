import { expect, it } from 'vitest';
import type { UnknownObject } from '../../../api/object.ts';
import type { ServedKind, View } from '../../registry/served.ts';
import { rowBytes } from './table.ts';

it('shows what it can of a broken object, and says once what it cannot', () => {
  const object = { metadata: { name: 'odd', namespace: 'ns' }, spec: null };
  const kind = { group: '', version: 'v1', kind: 'Pod', resource: 'pods' } as unknown as ServedKind;
  const view = { object: object as unknown as UnknownObject } as View;
  const said: string[] = [];
  const report = (line: string) => said.push(line);
  const form = { format: { version: 'v1' }, includeObject: 'None', nowMs: 0, report } as const;
  const rows = [0, 1].map(() => JSON.parse(`${rowBytes(kind, view, form)}`) as { cells: string[] });
  expect(rows[0]?.cells).toEqual(rows[1]?.cells);
  expect(rows[0]?.cells[0]).toBe('odd');
  expect(rows[0]?.cells).toContain('<unknown>');
  expect(said[0]).toMatch(/^the column \w+ of pods cannot be shown for ns\/odd: TypeError/);
  expect(new Set(said).size).toBe(said.length);
  expect(said.length).toBeLessThan(rows[0]?.cells.length ?? 0);
});
