// Makes the images that Kubernetes' conformance tests name, on machines that can pull none: agnhost and other
// programs of the tests' own sources, and stand-ins for the web servers and tools of others.
//
//   node scripts/images/conformance.mjs SOURCES --etcd FILE
//
// SOURCES is the source tree of the suite with `test/images/agnhost`, `test/images/nonewprivs` and
// `vendor/k8s.io/sample-apiserver` built (docs/conformance.md). Names and versions are read there.
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import Docker from 'dockerode';
import { addFiles, importFromPackages } from './local-base.mjs';

const run = promisify(execFile);
const base = 'skiff.local/conformance-base:1';
const packages = [
  ...['busybox-static', 'bash', 'curl', 'netcat-openbsd', 'iproute2'],
  ...['bind9-dnsutils', 'bind9-host', 'bind9-libs', 'libc-bin'],
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { etcd: { type: 'string' } },
});
const [sources] = positionals;
if (sources === undefined || values.etcd === undefined) {
  console.error('usage: node scripts/images/conformance.mjs SOURCES --etcd FILE');
  process.exit(1);
}
const built = (name) => join(sources, '_output/bin', name);
const images = join(sources, 'test/images');

/** A web server that ends when it is told to, as the first process of a container. */
const webServer = (directory) => ({
  files: { 'index.html': '<html><body><h1>It works!</h1></body></html>\n' },
  lines: [
    `COPY index.html ${directory}/index.html`,
    `CMD ["sh", "-c", "trap 'exit 0' TERM; httpd -f -p 80 -h ${directory} & wait"]`,
  ],
});
const htdocs = webServer('/usr/local/apache2/htdocs');
const nginx = webServer('/usr/share/nginx/html');

/** By the name that the suite's list has for them. */
const recipes = {
  Agnhost: {
    copies: [
      built('agnhost'),
      join(images, 'agnhost/porter/localhost.crt'),
      join(images, 'agnhost/porter/localhost.key'),
    ],
    lines: [
      'COPY agnhost localhost.crt localhost.key /',
      'RUN ln -s agnhost /agnhost-2 && mkdir /uploads',
      'ENTRYPOINT ["/agnhost"]',
      'CMD ["pause"]',
    ],
  },
  Nautilus: {
    copies: [
      built('agnhost'),
      join(images, 'nautilus/html/nautilus.jpg'),
      join(images, 'nautilus/html/data.json'),
    ],
    lines: [
      'COPY agnhost nautilus.jpg data.json /',
      'ENTRYPOINT ["/agnhost"]',
      'CMD ["test-webserver"]',
    ],
  },
  Nonewprivs: {
    copies: [built('nonewprivs')],
    lines: ['COPY nonewprivs /usr/local/bin/nnp', 'RUN chmod +s /usr/local/bin/nnp', 'CMD ["nnp"]'],
  },
  APIServer: {
    copies: [built('sample-apiserver')],
    lines: ['COPY sample-apiserver /', 'ENTRYPOINT ["/sample-apiserver"]'],
  },
  Etcd: {
    copies: [values.etcd],
    lines: [`COPY ${basename(values.etcd)} /usr/local/bin/etcd`],
  },
  Pause: {
    from: 'scratch',
    compiles: join(sources, 'build/pause/linux/pause.c'),
    lines: ['COPY pause /', 'ENTRYPOINT ["/pause"]'],
  },
  BusyBox: { lines: ['CMD ["sh"]'] },
  JessieDnsutils: { lines: ['CMD ["sh"]'] },
  Httpd: htdocs,
  HttpdNew: htdocs,
  Nginx: nginx,
  NginxNew: nginx,
};

await importFromPackages(new Docker(), base, {
  packages,
  addTo: (rootfs) => {
    addFiles(rootfs);
    // Debian makes the one link when the package is installed; busybox's nc knows fewer options, and its shell
    // takes its own tools whatever stands in the PATH.
    for (const [name, target] of [
      ['nc', 'nc.openbsd'],
      ['sh', 'bash'],
    ]) {
      rmSync(join(rootfs, 'bin', name), { force: true });
      symlinkSync(target, join(rootfs, 'bin', name));
    }
  },
  changes: ['CMD ["/bin/sh"]'],
  log: console.log,
});
const names = namesOf(readFileSync(join(sources, 'test/utils/image/manifest.go'), 'utf8'));
for (const [name, recipe] of Object.entries(recipes)) await make(names(name), recipe);

/** Answers what tells of an entry of the suite's list the whole name of its image. */
function namesOf(manifest) {
  const registries = Object.fromEntries(
    [...manifest.matchAll(/^\s+(\w+Registry):\s+"(.+)",$/gm)].map(([, key, host]) => [
      key.toLowerCase(),
      host,
    ]),
  );
  return (name) => {
    const entry = new RegExp(`configs\\[${name}\\] += Config\\{(\\w+), "(.+)", "(.+)"\\}`);
    const [, registry, image, version] = entry.exec(manifest) ?? [];
    const host = registries[registry?.toLowerCase()];
    if (host === undefined) throw new Error(`the suite names no image ${name}`);
    return `${host}/${image}:${version}`;
  };
}

async function make(image, { from = base, copies = [], files = {}, compiles, lines }) {
  const context = mkdtempSync(join(tmpdir(), 'skiff-conformance-'));
  try {
    for (const file of copies) copyFileSync(file, join(context, basename(file)));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(context, file), text);
    if (compiles !== undefined) {
      const target = join(context, basename(compiles, '.c'));
      await run('gcc', ['-Os', '-static', '-DVERSION=conformance', '-o', target, compiles]);
    }
    writeFileSync(join(context, 'Dockerfile'), `${[`FROM ${from}`, ...lines].join('\n')}\n`);
    await run('docker', ['build', '-q', '-t', image, context]);
    console.log(`made ${image}`);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}
