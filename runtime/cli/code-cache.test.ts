import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCached } from './code-cache.ts';

const home = () => mkdtempSync(join(tmpdir(), 'skiff-code-'));

function run(directory: string, source: string) {
  const program = join(directory, 'program.js');
  writeFileSync(program, source);
  const module = { exports: {} } as NodeJS.Module;
  const options = { program, entry: '/somewhere/else.js', directory: join(directory, 'cache') };
  const result = runCached({ ...options, require: createRequire(program), module });
  return { ...result, exports: module.exports as unknown };
}

const source = 'module.exports = { file: __filename, sum: [1, 2].reduce((a, b) => a + b) };';

describe('a program', () => {
  it('runs from code that was kept', () => {
    const directory = home();
    const first = run(directory, source);
    expect(first).toMatchObject({ fromCache: false, exports: { sum: 3 } });
    first.save();
    const second = run(directory, source);
    expect(second.fromCache).toBe(true);
    expect(second.exports).toEqual({ file: '/somewhere/else.js', sum: 3 });
  });

  it('is compiled anew when it has changed, even in the same length, or its code is broken', () => {
    const directory = home();
    run(directory, source).save();
    const changed = run(directory, source.replace('[1, 2]', '[1, 7]'));
    expect(changed).toMatchObject({ fromCache: false, exports: { sum: 8 } });
    const [file = ''] = readdirSync(join(directory, 'cache'));
    writeFileSync(join(directory, 'cache', file), 'no code');
    expect(run(directory, source)).toMatchObject({ fromCache: false, exports: { sum: 3 } });
  });

  it('runs where nothing can be kept, and keeps no more than a few', () => {
    const directory = home();
    writeFileSync(join(directory, 'cache'), 'a file where the directory should be');
    const { save, exports } = run(directory, source);
    save();
    expect(exports).toMatchObject({ sum: 3 });
    const other = home();
    for (let n = 0; n < 10; n++) run(other, `module.exports = ${n};`).save();
    expect(readdirSync(join(other, 'cache'))).toHaveLength(8);
  });
});
