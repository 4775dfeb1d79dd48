/**
 * The image of Skiff's own containers (nodes, sandboxes, the rule writer), built on the user's engine
 * from the Dockerfile that ships with Skiff. Its tag is a hash of what goes in, so a new version of
 * Skiff builds a new image and an unchanged one builds nothing.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import type { Engine } from '../engine/engine.ts';

/** In order of preference, where the caller names none; the second can be made without a registry. */
const defaultBases = ['alpine:3.22', 'skiff.local/base:1'] as const;

export interface NodeImageOptions {
  /** Holds the Dockerfile and the files that it copies. */
  readonly directory: string;
  /** Left out: alpine, or the local base image if the engine has that and no alpine. */
  readonly baseImage?: string;
  readonly log: (line: string) => void;
}

/** Answers the image's tag, after building it if the engine has it not. Throws EngineError. */
export async function ensureNodeImage(engine: Engine, options: NodeImageOptions): Promise<string> {
  const files = await readFiles(options.directory);
  const bases = options.baseImage === undefined ? defaultBases : [options.baseImage];
  for (const base of bases) {
    const tag = tagOf(files, base);
    if ((await engine.image(tag)) !== undefined) return tag;
  }
  const base = await presentBase(engine, bases);
  const tag = tagOf(files, base);
  options.log(`building the node image from ${base}`);
  const context = pack();
  for (const { name, content } of files) {
    context.entry({ name, mode: name.endsWith('.sh') ? 0o755 : 0o644 }, content);
  }
  context.finalize();
  await engine.buildImage(Readable.from(context), {
    tag,
    buildArgs: { BASE: base },
    labels: { 'dev.skiff.image': 'node' },
    onProgress: (line) => options.log(line),
  });
  return tag;
}

async function presentBase(engine: Engine, bases: readonly string[]): Promise<string> {
  for (const base of bases) {
    if ((await engine.image(base)) !== undefined) return base;
  }
  return bases[0] ?? defaultBases[0];
}

interface ContextFile {
  readonly name: string;
  readonly content: Buffer;
}

async function readFiles(directory: string): Promise<ContextFile[]> {
  const names = (await readdir(directory)).sort();
  return Promise.all(
    names.map(async (name) => ({ name, content: await readFile(join(directory, name)) })),
  );
}

function tagOf(files: readonly ContextFile[], base: string): string {
  const hash = createHash('sha256').update(base);
  for (const { name, content } of files) hash.update(`\0${name}\0`).update(content);
  return `skiff/node:${hash.digest('hex').slice(0, 12)}`;
}
