// Benchmarks, one JSON line each: `npm run bench` runs all, `npm run bench -- api` one of them.
// Figures are for comparing within one run on one machine; tests are not timed by them.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureDependencies, root, run } from './support/run.mjs';

const directory = join(root, 'test/bench');
const names = readdirSync(directory)
  .filter((name) => name.endsWith('.bench.mjs'))
  .map((name) => name.replace('.bench.mjs', ''));
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
for (const name of wanted) {
  if (names.includes(name)) continue;
  console.error(`there is no benchmark "${name}"; there are: ${names.join(', ')}`);
  process.exit(1);
}

await ensureDependencies();
await run('node', ['scripts/build.mjs'], { quiet: true });
for (const name of wanted.length > 0 ? wanted : names) {
  const { bench } = await import(pathToFileURL(join(directory, `${name}.bench.mjs`)).href);
  for await (const figures of bench()) console.log(JSON.stringify({ bench: name, ...figures }));
}
