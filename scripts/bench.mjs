// Benchmarks, one JSON line each: `npm run bench` runs all, `npm run bench -- api` one of them.
// `npm run bench -- api --peer-bin DIR` runs kube-apiserver and etcd of that directory beside us.
// Figures are for comparing within one run on one machine; tests are not timed by them.
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureDependencies, root, run } from './support/run.mjs';

const directory = join(root, 'test/bench');
const names = readdirSync(directory)
  .filter((name) => name.endsWith('.bench.mjs'))
  .map((name) => name.replace('.bench.mjs', ''));
const { values, positionals: wanted } = parsed();
const peerBin = values['peer-bin'];
const options = peerBin === undefined ? {} : { peerBin: resolve(peerBin) };
for (const name of wanted) {
  if (names.includes(name)) continue;
  console.error(`there is no benchmark "${name}"; there are: ${names.join(', ')}`);
  process.exit(1);
}

await ensureDependencies();
await run('node', ['scripts/build.mjs'], { quiet: true });
for (const name of wanted.length > 0 ? wanted : names) {
  const { bench } = await import(pathToFileURL(join(directory, `${name}.bench.mjs`)).href);
  for await (const figures of bench(options))
    console.log(JSON.stringify({ bench: name, ...figures }));
}

function parsed() {
  try {
    return parseArgs({ allowPositionals: true, options: { 'peer-bin': { type: 'string' } } });
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
