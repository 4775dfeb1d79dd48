/** Finds the Docker engine of this machine the way people have it set up. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, EngineError } from '../engine.ts';
import { createDockerEngine, type DockerOptions } from './docker.ts';

/** What decides where an engine is looked for; normally of the process itself. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  platform: NodeJS.Platform;
  /** Of the user; undefined on Windows. */
  uid: number | undefined;
}

export interface FoundEngine {
  /** Undefined when nothing answers; `tried` then says what was asked and how that went. */
  engine: Engine | undefined;
  /** For example `unix:///var/run/docker.sock`. */
  endpoint: string | undefined;
  tried: { endpoint: string; problem: string }[];
}

interface Candidate {
  endpoint: string;
  options: DockerOptions;
}

/** Asks DOCKER_HOST, or else the usual sockets in turn; the first that answers is it. */
export async function findDockerEngine(
  surroundings: Surroundings,
  options: Pick<DockerOptions, 'clock' | 'log'> = {},
): Promise<FoundEngine> {
  const tried: FoundEngine['tried'] = [];
  for (const candidate of candidates(surroundings, tried)) {
    const engine = createDockerEngine({ ...candidate.options, ...options });
    try {
      await engine.info();
      return { engine, endpoint: candidate.endpoint, tried };
    } catch (error) {
      const problem = error instanceof EngineError ? error.message : String(error);
      tried.push({ endpoint: candidate.endpoint, problem });
      await engine.close();
    }
  }
  return { engine: undefined, endpoint: undefined, tried };
}

/** The endpoints to try, in order. */
export function candidates(
  { env, home, platform, uid }: Surroundings,
  tried: FoundEngine['tried'] = [],
): Candidate[] {
  const host = env.DOCKER_HOST;
  if (host !== undefined && host !== '') {
    const candidate = fromDockerHost(host, env, tried);
    return candidate === undefined ? [] : [candidate];
  }
  if (platform === 'win32') return [socket('//./pipe/docker_engine', 'npipe')];
  const runtimeDirectory = env.XDG_RUNTIME_DIR ?? (uid === undefined ? '' : `/run/user/${uid}`);
  return [
    '/var/run/docker.sock',
    ...(runtimeDirectory === '' ? [] : [join(runtimeDirectory, 'docker.sock')]),
    // Docker Desktop, for macOS and for Linux; Colima; Rancher Desktop; OrbStack.
    join(home, '.docker/run/docker.sock'),
    join(home, '.docker/desktop/docker.sock'),
    join(home, '.colima/default/docker.sock'),
    join(home, '.rd/docker.sock'),
    join(home, '.orbstack/run/docker.sock'),
  ].map((path) => socket(path, 'unix'));
}

function socket(socketPath: string, scheme: 'unix' | 'npipe'): Candidate {
  return { endpoint: `${scheme}://${socketPath}`, options: { socketPath } };
}

function fromDockerHost(
  host: string,
  env: Surroundings['env'],
  tried: FoundEngine['tried'],
): Candidate | undefined {
  const [, scheme = 'tcp', rest = host] = /^([a-z]+):\/\/(.*)$/.exec(host) ?? [];
  if (scheme === 'unix' || scheme === 'npipe') return socket(rest, scheme);
  if (scheme !== 'tcp' && scheme !== 'http' && scheme !== 'https') {
    tried.push({ endpoint: host, problem: `DOCKER_HOST with ${scheme}:// is not supported` });
    return undefined;
  }
  const secure = scheme === 'https' || (env.DOCKER_TLS_VERIFY ?? '') !== '';
  const address = `http://${rest}`;
  if (!URL.canParse(address)) {
    tried.push({ endpoint: host, problem: 'DOCKER_HOST is not an address' });
    return undefined;
  }
  const url = new URL(address);
  const directory = env.DOCKER_CERT_PATH;
  try {
    const tls =
      secure && directory !== undefined
        ? {
            ca: readFileSync(join(directory, 'ca.pem')),
            cert: readFileSync(join(directory, 'cert.pem')),
            key: readFileSync(join(directory, 'key.pem')),
          }
        : undefined;
    const port = Number(url.port === '' ? (secure ? 2376 : 2375) : url.port);
    return {
      endpoint: host,
      options: { host: url.hostname, port, ...(tls === undefined ? {} : { tls }) },
    };
  } catch (error) {
    tried.push({ endpoint: host, problem: `DOCKER_CERT_PATH: ${String(error)}` });
    return undefined;
  }
}
