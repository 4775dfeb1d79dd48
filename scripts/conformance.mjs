// Runs Kubernetes' own conformance tests against Skiff: starts a cluster of two nodes, calls an
// e2e.test binary group by group and prints what passed and what did not as Markdown.
//
//   node scripts/conformance.mjs PATH/e2e.test [options]
//
//   --group NAME         one group (repeatable); all of `groups` below if none is named
//   --focus REGEX        only tests whose whole name matches, in place of --group
//   --skip REGEX         leave these out
//   --kubectl FILE       the kubectl that tests of the command line call
//   --parallel N         that many tests of a group at a time; after them, one by one, those that must
//                        be alone in the cluster ([Serial]). Wants --ginkgo; not with --focus.
//   --ginkgo FILE        the ginkgo command of the suite's own sources, which runs tests in parallel
//   --protobuf           bodies and answers as protobuf, what Go clients take by default
//   --kubeconfig FILE    a cluster that runs already; no other is started then
//   --reports DIR        where logs and JUnit files go (default: a new directory below the temporary one)
//
// How such a binary is made, and which images the tests want: docs/conformance.md.
import { execFile, spawn } from 'node:child_process';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';

/** The groups by the name that every test of the suite begins with. */
const groups = [
  'sig-api-machinery',
  'sig-auth',
  'sig-instrumentation',
  'sig-apps',
  'sig-network',
  'sig-node',
  'k8s.io',
  'sig-cli',
  'sig-storage',
  'sig-scheduling',
];

const entities = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    group: { type: 'string', multiple: true },
    focus: { type: 'string' },
    skip: { type: 'string' },
    kubectl: { type: 'string' },
    parallel: { type: 'string', default: '1' },
    ginkgo: { type: 'string' },
    protobuf: { type: 'boolean', default: false },
    kubeconfig: { type: 'string' },
    reports: { type: 'string' },
  },
});
const [binary] = positionals;
if (binary === undefined || !existsSync(binary)) {
  console.error(
    'usage: node scripts/conformance.mjs PATH/e2e.test [options]; the head of the script lists them',
  );
  process.exit(2);
}
const parallel = Number(options.parallel);
if (!(Number.isInteger(parallel) && parallel > 0)) {
  console.error(`--parallel takes a number of tests, not "${options.parallel}"`);
  process.exit(2);
}
if (parallel > 1 && (options.ginkgo === undefined || options.focus !== undefined)) {
  console.error('--parallel wants --ginkgo FILE, and groups, not --focus');
  process.exit(2);
}
const unknown = (options.group ?? []).find((group) => !groups.includes(group));
if (unknown !== undefined) {
  console.error(`there is no group "${unknown}"; there are ${groups.join(', ')}`);
  process.exit(2);
}
const reports = resolve(options.reports ?? mkdtempSync(join(tmpdir(), 'skiff-conformance-')));

const cluster = options.kubeconfig === undefined ? await startCluster() : undefined;
const kubeconfig = resolve(options.kubeconfig ?? cluster.kubeconfig);
const results = [];
try {
  const rounds =
    options.focus === undefined
      ? (options.group ?? groups).flatMap(roundsOf)
      : [{ name: 'focus', directory: 'focus', focus: options.focus, skip: [], processes: 1 }];
  for (const round of rounds) results.push(...(await runRound(round)));
} finally {
  await cluster?.remove();
}
print(results);
console.log(`\nreports: ${reports}`);
process.exitCode = results.some(({ failure }) => failure !== undefined) ? 1 : 0;

/** A cluster of two nodes on the container engine, with its data in a directory of its own. */
async function startCluster() {
  const skiff = resolve(import.meta.dirname, '../dist/skiff.js');
  const data = mkdtempSync(join(tmpdir(), 'skiff-conformance-data-'));
  const command = (...words) =>
    promisify(execFile)('node', [skiff, ...words, '--name', 'conformance', '--data', data]);
  await command('up', '--nodes', '2');
  const remove = async () => {
    await command('down', '--purge');
    rmSync(data, { recursive: true, force: true });
  };
  return { kubeconfig: join(data, 'kubeconfig'), remove };
}

/** How a group is run: at once, or what may run in parallel and then what may not. */
function roundsOf(name) {
  // Some tests bear two tags; the first is their group.
  const own = `\\[Top Level\\] \\[${name}\\].*`;
  const all = { name, directory: name, focus: `${own}\\[Conformance\\]`, skip: [], processes: 1 };
  if (parallel === 1) return [all];
  return [
    { ...all, skip: ['\\[Serial\\]'], processes: parallel },
    {
      ...all,
      directory: `${name}-serial`,
      focus: `${own}\\[Serial\\].*\\[Conformance\\]`,
      mayBeEmpty: true,
    },
  ];
}

/** Runs the tests of one round; the binary's own words go to a log file. */
async function runRound({ name, directory: folder, focus, skip, processes, mayBeEmpty = false }) {
  const directory = join(reports, folder);
  mkdirSync(directory, { recursive: true });
  const skipped = [...skip, ...(options.skip === undefined ? [] : [options.skip])].join('|');
  // Flags of ginkgo itself are the command's own where there is one.
  const ginkgo = processes > 1 ? '' : 'ginkgo.';
  const choice = [`--${ginkgo}noColor`, `--${ginkgo}focus=${focus}`];
  if (skipped !== '') choice.push(`--${ginkgo}skip=${skipped}`);
  const flags = [
    `--kubeconfig=${kubeconfig}`,
    '--provider=skeleton',
    '--e2e-verify-service-account=false',
    '--disable-log-dump',
    '--dump-logs-on-failure=false',
    `--report-dir=${directory}`,
  ];
  if (options.kubectl !== undefined) flags.push(`--kubectl-path=${resolve(options.kubectl)}`);
  if (!options.protobuf) flags.push('--kube-api-content-type=application/json');
  const log = createWriteStream(join(directory, 'e2e.log'));
  const [command, ...words] =
    processes > 1
      ? [options.ginkgo, ...choice, `--nodes=${processes}`, resolve(binary), '--', ...flags]
      : [binary, ...choice, ...flags];
  const child = spawn(resolve(command), words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: directory,
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  await new Promise((done, fail) => child.on('error', fail).on('close', done));
  log.end();
  const files = readdirSync(directory).filter((file) => /^junit.*\.xml$/.test(file));
  const cases = files.flatMap((file) => casesOf(readFileSync(join(directory, file), 'utf8')));
  if (cases.length === 0 && !mayBeEmpty)
    throw new Error(`${name}: nothing ran; see ${join(directory, 'e2e.log')}`);
  const failed = cases.filter(({ failure }) => failure !== undefined).length;
  console.error(`${folder}: ${cases.length - failed} passed, ${failed} failed`);
  return cases.map((one) => ({ ...one, group: name }));
}

/** The tests of a JUnit file that ran: name, seconds and, where one failed, its message. */
function casesOf(xml) {
  const cases = [];
  for (const [, head, body = ''] of xml.matchAll(
    /<testcase ([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs,
  )) {
    if (body.includes('<skipped')) continue;
    const name = plain(/name="([^"]*)"/.exec(head)?.[1] ?? '');
    const seconds = Number(/time="([^"]*)"/.exec(head)?.[1] ?? 0);
    const failure = /<failure[^>]*>(.*?)<\/failure>/s.exec(body)?.[1];
    cases.push({
      name,
      seconds,
      failure: failure === undefined ? undefined : summary(plain(failure)),
    });
  }
  return cases;
}

function plain(text) {
  return text.replace(/&(?:#(\d+)|#x([0-9A-Fa-f]+)|(\w+));/g, (whole, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return entities[name] ?? whole;
  });
}

/** What a failure says first and last, without the place in the source, short enough for a cell. */
function summary(failure) {
  const lines = failure.split('\n').map((line) => line.trim());
  const words = lines.filter((line) => line !== '' && !line.startsWith('/')).join(' ');
  return words.length > 300 ? `${words.slice(0, 100)} … ${words.slice(-200)}` : words;
}

/** Counts by group, then every failure with its reason. */
function print(cases) {
  console.log('| group | passed | failed | minutes |\n|---|---:|---:|---:|');
  for (const group of new Set(cases.map((one) => one.group))) {
    const own = cases.filter((one) => one.group === group);
    const failed = own.filter(({ failure }) => failure !== undefined).length;
    const minutes = own.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
    console.log(`| ${group} | ${own.length - failed} | ${failed} | ${minutes.toFixed(1)} |`);
  }
  const failures = cases.filter(({ failure }) => failure !== undefined);
  if (failures.length === 0) return;
  console.log('\n| failed | because |\n|---|---|');
  const cell = (text) => text.replaceAll('|', '\\|');
  for (const { name, failure } of failures) console.log(`| ${cell(name)} | ${cell(failure)} |`);
}
