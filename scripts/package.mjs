// Makes skiff-<version>.vsix. Everything the extension needs is bundled into dist/ first.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDependencies, root, run, step } from './support/run.mjs';

await ensureDependencies();
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const file = `${name}-${version}.vsix`;
await step('building', () => run('node', ['scripts/build.mjs'], { quiet: true }));
// Links in the README stay as they are: there is no public repository to point them at.
const flags = ['--no-dependencies', '--no-rewrite-relative-links'];
await step(`packing ${file}`, () =>
  run('npx', ['vsce', 'package', ...flags, '-o', file], { quiet: true }),
);
console.log(file);
