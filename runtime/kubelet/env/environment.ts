/** A container's environment, in the order in which Kubernetes builds it. */
import type { ConfigMap, core, Pod, Secret } from '../../api/types.ts';
import { configMaps, secrets } from '../../client/resources.ts';
import { fetchObject, type KubeletContext, PodProblem } from '../context.ts';
import { expand } from './expand.ts';
import { fieldValue, resourceValue } from './field-ref.ts';
import { serviceVariables } from './services.ts';

/**
 * First what `envFrom` brings, then `env` (which may refer to what came before), then the services'
 * variables where nothing of that name is set. Throws PodProblem CreateContainerConfigError.
 */
export async function environmentOf(
  context: KubeletContext,
  pod: Pod,
  container: core.Container,
  podIP: string,
): Promise<Map<string, string>> {
  const namespace = pod.metadata.namespace ?? 'default';
  const source = new References(context, namespace);
  const services = serviceVariables(context.caches.services.list(), namespace, {
    links: pod.spec.enableServiceLinks !== false,
    apiHost: context.apiServer.host,
  });
  const result = new Map<string, string>();
  for (const from of container.envFrom ?? []) {
    for (const [key, value] of await source.all(from)) {
      result.set(`${from.prefix ?? ''}${key}`, value);
    }
  }
  for (const variable of container.env ?? []) {
    const value = await variableValue(
      context,
      source,
      pod,
      container,
      variable,
      podIP,
      (name) => result.get(name) ?? services.get(name),
    );
    if (value !== undefined) result.set(variable.name, value);
  }
  for (const [name, value] of services) {
    if (!result.has(name)) result.set(name, value);
  }
  return result;
}

async function variableValue(
  context: KubeletContext,
  source: References,
  pod: Pod,
  container: core.Container,
  { name, value, valueFrom }: core.EnvVar,
  podIP: string,
  lookup: (name: string) => string | undefined,
): Promise<string | undefined> {
  if (valueFrom === undefined) return expand(value ?? '', lookup);
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  try {
    if (fieldRef !== undefined) {
      return fieldValue(fieldRef.fieldPath, { pod, podIP, hostIP: context.node.address });
    }
    if (resourceFieldRef !== undefined) {
      return resourceValue(resourceFieldRef, pod, context.ownNode(), container.name);
    }
  } catch (error) {
    throw new PodProblem('CreateContainerConfigError', `${name}: ${(error as Error).message}`);
  }
  if (configMapKeyRef !== undefined) return source.key('ConfigMap', configMapKeyRef);
  if (secretKeyRef !== undefined) return source.key('Secret', secretKeyRef);
  return undefined;
}

/** Config maps and secrets, each fetched once a container. */
class References {
  readonly #context: KubeletContext;
  readonly #namespace: string;
  readonly #seen = new Map<string, Promise<Map<string, string> | undefined>>();

  constructor(context: KubeletContext, namespace: string) {
    this.#context = context;
    this.#namespace = namespace;
  }

  async all({ configMapRef, secretRef }: core.EnvFromSource): Promise<Map<string, string>> {
    const reference = configMapRef ?? secretRef;
    if (reference?.name === undefined) return new Map();
    const kind = configMapRef === undefined ? 'Secret' : 'ConfigMap';
    const data = await this.#data(kind, reference.name);
    if (data !== undefined) return data;
    if (reference.optional) return new Map();
    throw missing(kind, reference.name);
  }

  async key(
    kind: 'ConfigMap' | 'Secret',
    { name = '', key, optional }: { name?: string; key: string; optional?: boolean },
  ): Promise<string | undefined> {
    const data = await this.#data(kind, name);
    const value = data?.get(key);
    if (value !== undefined || optional) return value;
    if (data === undefined) throw missing(kind, name);
    throw new PodProblem(
      'CreateContainerConfigError',
      `couldn't find key ${key} in ${kind} ${this.#namespace}/${name}`,
    );
  }

  #data(kind: 'ConfigMap' | 'Secret', name: string): Promise<Map<string, string> | undefined> {
    const id = `${kind}/${name}`;
    let found = this.#seen.get(id);
    if (found === undefined) {
      found = kind === 'ConfigMap' ? this.#configMap(name) : this.#secret(name);
      this.#seen.set(id, found);
    }
    return found;
  }

  async #configMap(name: string): Promise<Map<string, string> | undefined> {
    const { client } = this.#context;
    const found = await fetchObject<ConfigMap>(client, configMaps, name, this.#namespace);
    return found && new Map(Object.entries(found.data ?? {}));
  }

  async #secret(name: string): Promise<Map<string, string> | undefined> {
    const { client } = this.#context;
    const found = await fetchObject<Secret>(client, secrets, name, this.#namespace);
    if (found === undefined) return undefined;
    const decoded = Object.entries(found.data ?? {}).map(
      ([key, value]) => [key, Buffer.from(value, 'base64').toString()] as const,
    );
    return new Map(decoded);
  }
}

function missing(kind: 'ConfigMap' | 'Secret', name: string): PodProblem {
  return new PodProblem('CreateContainerConfigError', `${kind.toLowerCase()} "${name}" not found`);
}
