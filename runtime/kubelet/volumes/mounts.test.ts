import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { directoriesScript } from './mounts.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'skiff-mounts-'));
  mkdirSync(join(root, 'volume/there'), { recursive: true });
  mkdirSync(join(root, 'other'));
});
afterEach(() => rmSync(root, { recursive: true }));

const make = (...paths: string[]) => {
  const script = directoriesScript(paths.map((inside) => ({ volume: 'volume', inside })));
  return execFileSync('sh', ['-c', script], { cwd: root, stdio: 'pipe' });
};

test('directories of subPaths are made where there are none', () => {
  writeFileSync(join(root, 'volume/file'), '');
  symlinkSync('there', join(root, 'volume/link'));
  make('a/b', 'there/c d', 'file', 'link/e', './f//g/');
  for (const path of ['a/b', 'there/c d', 'there/e', 'f/g']) {
    expect(existsSync(join(root, 'volume', path)), path).toBe(true);
  }
});

test.each(['/', '..', '../other', '/nowhere/at/all', '../volume-2'])(
  'a link to %s leads nobody out of the volume',
  (target) => {
    mkdirSync(join(root, 'volume-2'));
    symlinkSync(target, join(root, 'volume/link'));
    for (const path of ['link', 'link/other', 'link/made']) {
      expect(() => make(path)).toThrow('is outside of its volume');
    }
    expect(existsSync(join(root, 'other/made'))).toBe(false);
    expect(existsSync(join(root, 'made'))).toBe(false);
  },
);
