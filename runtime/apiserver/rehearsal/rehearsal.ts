/**
 * The first requests after a start would be slow: V8 interprets code at first, and compiles it once it
 * has run some hundred times. So the hot paths are run once nobody waits any more: an API server that
 * nobody knows of, with an empty store that keeps nothing, is asked by itself to create, change and
 * watch pods, through TLS and HTTP and all the rest.
 *
 *   lines ── POST, PATCH, GET ──► a server of its own ──► a log that is not written
 *   watches ◄── events ──────────────────┘
 *
 * V8 is told to hurry meanwhile, that is to compile what has run some ten times already: requests of a
 * rehearsal are like those to come, so that there is nothing to wait for.
 *
 * Nothing of this can be seen from outside: requests, revisions, audit and metrics are that server's
 * own, and go with it. It listens on loopback, and knows the same certificates, for as long as it lasts.
 */
import { setFlagsFromString } from 'node:v8';
import type { Clock } from '../../api/clock.ts';
import type { AppendFile, Disk } from '../../store/log/disk.ts';
import { openLogStore } from '../../store/log/log.ts';
import type { Pki } from '../pki/pki.ts';
import type { Definitions } from '../registry/schemas.ts';
import { createApiServer } from '../server.ts';
import { Line } from './line.ts';

export interface RehearsalOptions {
  readonly pki: Pki;
  /** Those of the server that people use: what is worked out of them once serves both. */
  readonly schemas: Definitions;
  readonly clock: Clock;
  readonly serviceCidr: string;
  readonly clusterDomain: string;
  readonly log: (message: string) => void;
  /** How many writes the server that people use has taken since it was ready; left out, nobody uses it. */
  readonly writes?: () => number;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/**
 * Requests after which most of what is hot has been compiled, and the processor's time in milliseconds
 * that ends it on a slow machine. Not the clock's: on a busy machine that is over before much has been
 * asked.
 */
const limits = { enough: 1500, longestMs: 3500 };
/** The same where V8 cannot be hurried, and more would not gain enough. */
const unhurriedLimits = { enough: 640, longestMs: 1500 };
/**
 * When a function is compiled: the bytecode that it must have run, in bytes, so many times and some more
 * for a long one. First for a rehearsal, then as V8 11 has it; others count in other ways.
 */
const hurried = [
  '--interrupt-budget=15000',
  '--ticks-before-optimization=1',
  '--bytecode-size-allowance-per-tick=1000',
];
const unhurried = [
  '--interrupt-budget=67584',
  '--ticks-before-optimization=3',
  '--bytecode-size-allowance-per-tick=150',
];
const canHurry = process.versions.v8.startsWith('11.');
/** Once others have written so much, they are at work, which compiles as well and needs the processor. */
const othersAtWork = 150;
const connections = 4;
const watches = 3;
/**
 * Of so many requests the first makes a pod, the second reads it, and the others change it. As many are
 * made as changed: to make one takes more code that nothing else runs.
 */
const requestsPerPod = 3;

const host = '127.0.0.1';
const namespace = 'rehearsal';
const path = `/api/v1/namespaces/${namespace}`;

/** Resolves with how many requests were answered. Throws if one was not answered as it should be. */
export async function rehearse(options: RehearsalOptions): Promise<number> {
  if (!canHurry) return run(options);
  for (const flag of hurried) setFlagsFromString(flag);
  try {
    return await run(options);
  } finally {
    for (const flag of unhurried) setFlagsFromString(flag);
  }
}

async function run(options: RehearsalOptions): Promise<number> {
  const { pki } = options;
  const store = await openLogStore(nowhere);
  const api = createApiServer({ ...options, store });
  const lines: Line[] = [];
  try {
    const { port } = await api.listen({ host, port: 0 });
    const { certPem: cert, keyPem: key } = pki.admin;
    const open = async () => {
      const line = await Line.open({ host, port, ca: pki.caPem, cert, key });
      lines.push(line);
      return line;
    };
    await furnish(await open());
    for (let count = 0; count < watches; count++) (await open()).follow(`${path}/pods?watch=1`);
    return await play(await Promise.all(Array.from({ length: connections }, open)), options);
  } finally {
    for (const line of lines) line.close();
    await api.close();
    await store.close();
  }
}

/** What pods need to be let in. */
async function furnish(line: Line): Promise<void> {
  const v1 = (kind: string, name: string) => ({ apiVersion: 'v1', kind, metadata: { name } });
  expectCode(201, await line.ask('POST', '/api/v1/namespaces', v1('Namespace', namespace)));
  const account = v1('ServiceAccount', 'default');
  expectCode(201, await line.ask('POST', `${path}/serviceaccounts`, account));
}

/** All connections ask, each for pods of its own, until it is enough. */
async function play(
  lines: readonly Line[],
  { signal, writes = () => 0 }: RehearsalOptions,
): Promise<number> {
  const { enough, longestMs } = canHurry ? limits : unhurriedLimits;
  const began = process.cpuUsage();
  let asked = 0;
  const goesOn = () => {
    if (signal.aborted || asked >= enough || writes() >= othersAtWork) return false;
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1000 < longestMs;
  };
  const takePart = async (line: Line, part: number) => {
    for (let step = 0; goesOn(); step++) {
      asked++;
      await ask(line, `pod-${part}-${Math.floor(step / requestsPerPod)}`, step);
    }
  };
  await Promise.all(lines.map(takePart));
  return asked;
}

async function ask(line: Line, name: string, step: number): Promise<void> {
  const place = `${path}/pods/${name}`;
  if (step % requestsPerPod === 0) {
    expectCode(201, await line.ask('POST', `${path}/pods`, pod(name)));
  } else if (step % requestsPerPod === 1) {
    expectCode(200, await line.ask('GET', place));
  } else {
    const patch = { metadata: { annotations: { step: String(step) } } };
    expectCode(200, await line.ask('PATCH', place, patch, mergePatchType));
  }
}

const mergePatchType = 'application/merge-patch+json';

const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'rehearsal' }, annotations: { note: 'of no consequence' } },
  spec: {
    containers: [
      {
        name: 'main',
        image: 'none',
        ports: [{ containerPort: 80 }],
        resources: { requests: { cpu: '10m', memory: '16Mi' } },
        env: [{ name: 'ROLE', value: 'extra' }],
      },
    ],
  },
});

function expectCode(wanted: number, code: number): void {
  if (code !== wanted) throw new Error(`the rehearsal was answered ${code} instead of ${wanted}`);
}

const unwritten: AppendFile = {
  write: async () => {},
  sync: async () => {},
  close: async () => {},
};

/** A disk that is always empty, and takes everything. */
const nowhere: Disk = {
  list: async () => [],
  read: async () => new Uint8Array(),
  create: async () => unwritten,
  truncate: async () => {},
  rename: async () => {},
  remove: async () => {},
  syncDirectory: async () => {},
  free: async () => undefined,
};
