// Fails on any import that does not point down. The floors are those of CONTRIBUTING.md: a room may
// import from rooms on lower floors and from itself; `vscode` belongs to extension/ alone.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname ?? '.', '..');

/** What each room may import besides itself. */
const allowed = {
  'runtime/api': [],
  'runtime/store': [],
  'runtime/client': ['runtime/api'],
  'runtime/apiserver': ['runtime/client', 'runtime/store', 'runtime/api'],
  'runtime/engine': ['runtime/api'],
  'runtime/network': ['runtime/engine', 'runtime/client', 'runtime/api'],
  'runtime/kubelet': ['runtime/engine', 'runtime/client', 'runtime/api'],
  'runtime/metrics': ['runtime/engine', 'runtime/client', 'runtime/api'],
  'runtime/scheduler': ['runtime/client', 'runtime/api'],
  'runtime/controllers': ['runtime/client', 'runtime/api'],
  'runtime/cluster': [
    'runtime/controllers',
    'runtime/scheduler',
    'runtime/kubelet',
    'runtime/metrics',
    'runtime/network',
    'runtime/engine',
    'runtime/apiserver',
    'runtime/client',
    'runtime/store',
    'runtime/api',
  ],
  'runtime/cli': ['runtime/cluster', 'runtime/engine', 'runtime/client', 'runtime/api'],
  'language-server': ['runtime/api', 'language-server/protocol'],
  // What the extension and the server say to each other, and no more, is both's.
  'language-server/protocol': ['runtime/api'],
  // The pages' side of the typed messages lies with the pages.
  extension: ['runtime/client', 'runtime/api', 'media', 'language-server/protocol'],
  media: [],
};

const rooms = Object.keys(allowed).sort((a, b) => b.length - a.length);
const roomOf = (file) => rooms.find((room) => file === room || file.startsWith(`${room}/`));

function* sources(directory) {
  for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory() && entry.name !== 'node_modules') yield* sources(path);
    else if (/\.(ts|tsx|mts)$/.test(entry.name)) yield path;
  }
}

const problems = [];
/** What follows `from`, a bare `import`, or stands in `import(…)`; one line, so it cannot run away. */
const importPattern = /(?:\bfrom|\bimport)\s*\(?\s*'([^'\n]+)'/g;
for (const top of ['runtime', 'language-server', 'extension', 'media']) {
  for (const file of sources(top)) {
    const test = /\.(test|case|bench)\.ts$/.test(file) || file.includes('/testing/');
    const from = roomOf(file);
    const text = readFileSync(join(root, file), 'utf8');
    for (const match of text.matchAll(importPattern)) {
      const specifier = match[1];
      if (specifier === 'vscode' && from !== 'extension') problems.push(`${file}: imports vscode`);
      if (!specifier.startsWith('.')) continue;
      const target = relative(root, resolve(root, dirname(file), specifier));
      const to = roomOf(target);
      if (to === undefined) {
        if (!test) problems.push(`${file}: imports ${target}, which is in no room`);
      } else if (to !== from && !allowed[from].includes(to) && !test) {
        problems.push(`${file}: ${from} may not import ${to} (${target})`);
      }
    }
  }
}
for (const problem of problems) console.error(problem);
console.log(
  problems.length === 0 ? 'layers: every import points down' : `layers: ${problems.length} wrong`,
);
process.exit(problems.length === 0 ? 0 : 1);
