/** Runs a program from compiled code that was kept, or compiles it and can keep what came of it. */
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { wrap } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';

export interface CachedProgram {
  /** A bundle in CommonJS, without dynamic imports. */
  readonly program: string;
  /** What the program is to see as its own file. */
  readonly entry: string;
  readonly require: NodeJS.Require;
  readonly module: NodeJS.Module;
  /** Where code is kept; made when something is. */
  readonly directory: string;
}

/** Code of so many programs is kept: two of each version and each Node that are used side by side. */
const kept = 8;

/**
 * Runs the program. `save` keeps the code of all functions that have run by then; without a place to
 * keep it nothing is lost but time, so it never throws. Throws what the program throws.
 */
export function runCached(options: CachedProgram): { fromCache: boolean; save(): void } {
  const { program, entry, require, module, directory } = options;
  const source = readFileSync(program, 'utf8');
  // V8 itself looks at no more than the source's length.
  const key = createHash('sha1').update(`${process.version} ${process.arch}\n`).update(source);
  const file = join(directory, `code-${key.digest('hex')}.bin`);
  const cachedData = read(file);
  const script = new Script(wrap(source), {
    filename: program,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const fromCache = cachedData !== undefined && script.cachedDataRejected !== true;
  const run = script.runInThisContext() as (...args: unknown[]) => void;
  run.call(module.exports, module.exports, require, module, entry, dirname(entry));
  return { fromCache, save: () => keep(directory, file, script) };
}

const digestLength = 20;

function digestOf(code: Buffer): Buffer {
  return createHash('sha1').update(code).digest();
}

/**
 * The code, behind its digest: V8 trusts what it is given, and a file that was not synced may be
 * whole in length alone after a power cut.
 */
function read(file: string): Buffer | undefined {
  try {
    const bytes = readFileSync(file);
    const code = bytes.subarray(digestLength);
    return digestOf(code).equals(bytes.subarray(0, digestLength)) ? code : undefined;
  } catch {
    return undefined;
  }
}

function keep(directory: string, file: string, script: Script): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const temporary = `${file}.${process.pid}`;
    const code = script.createCachedData();
    writeFileSync(temporary, Buffer.concat([digestOf(code), code]), { mode: 0o600 });
    renameSync(temporary, file);
    const ages = readdirSync(directory)
      .filter((name) => /^code-\w+\.bin$/.test(name))
      .map((name) => ({ name, at: statSync(join(directory, name)).mtimeMs }))
      .sort((a, b) => b.at - a.at);
    for (const { name } of ages.slice(kept)) rmSync(join(directory, name), { force: true });
  } catch {
    // A full disk, a home that cannot be written to: the next start compiles again.
  }
}
