/** User and password for a registry, from the pod's pull secrets. */
import type { Pod, Secret } from '../../api/types.ts';
import { secrets } from '../../client/resources.ts';
import { fetchObject, type KubeletContext } from '../context.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

interface DockerConfig {
  auths?: Record<string, { username?: string; password?: string; auth?: string }>;
}

/** Of the first secret that knows the image's registry; undefined if none does. */
export async function pullCredentials(
  { client }: KubeletContext,
  pod: Pod,
  image: string,
): Promise<Credentials | undefined> {
  for (const { name } of pod.spec.imagePullSecrets ?? []) {
    const secret = await fetchObject<Secret>(client, secrets, name ?? '', pod.metadata.namespace);
    const found = secret && credentialsFor(configOf(secret), registryOf(image));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The registry's host, as image references name it; without one it is Docker Hub. Pure. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost ? first : 'docker.io';
}

/** https://kubernetes.io/docs/concepts/containers/images/#config-json. Pure. */
export function credentialsFor(config: DockerConfig, registry: string): Credentials | undefined {
  for (const [key, { username, password, auth }] of Object.entries(config.auths ?? {})) {
    const host = key.replace(/^https?:\/\//, '').split('/')[0];
    const same = host === registry || (registry === 'docker.io' && host === 'index.docker.io');
    if (!same) continue;
    if (username !== undefined && password !== undefined) return { username, password };
    const [, user, secret] =
      /^([^:]*):(.*)$/s.exec(Buffer.from(auth ?? '', 'base64').toString()) ?? [];
    if (user !== undefined && secret !== undefined) return { username: user, password: secret };
  }
  return undefined;
}

function configOf({ data = {} }: Secret): DockerConfig {
  const decoded = (key: string) => {
    const text = data[key];
    return text === undefined ? undefined : Buffer.from(text, 'base64').toString();
  };
  try {
    const whole = decoded('.dockerconfigjson');
    if (whole !== undefined) return JSON.parse(whole) as DockerConfig;
    // The older form is the inner part alone.
    return { auths: JSON.parse(decoded('.dockercfg') ?? '{}') as DockerConfig['auths'] & object };
  } catch {
    return {};
  }
}
