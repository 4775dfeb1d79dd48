/** The files of config maps, secrets, downward API and projections of them. */
import type { ConfigMap, core, Pod, Secret } from '../../api/types.ts';
import { configMaps, secrets } from '../../client/resources.ts';
import { fetchObject, type KubeletContext } from '../context.ts';
import { fieldValue, resourceValue } from '../env/field-ref.ts';
import type { Payload, PayloadFile } from './publish.ts';
import type { TokenSource } from './tokens.ts';

export interface PayloadInput {
  readonly context: KubeletContext;
  readonly pod: Pod;
  readonly podIP: string;
  readonly tokens: TokenSource;
}

interface Selection {
  items?: readonly core.KeyToPath[] | undefined;
  optional?: boolean | undefined;
  defaultMode: number;
}

const usualMode = 0o644;

/** Undefined for volumes that are no such files. Throws an Error that says what is missing. */
export async function payloadOf(
  input: PayloadInput,
  volume: core.Volume,
): Promise<Payload | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap !== undefined) {
    const { defaultMode = usualMode, items, optional } = configMap;
    return fromConfigMap(input, configMap.name ?? '', { items, optional, defaultMode });
  }
  if (secret !== undefined) {
    const { defaultMode = usualMode, items, optional } = secret;
    return fromSecret(input, secret.secretName ?? '', { items, optional, defaultMode });
  }
  if (downwardAPI !== undefined) {
    return fromDownward(input, downwardAPI.items ?? [], downwardAPI.defaultMode ?? usualMode);
  }
  return projected === undefined ? undefined : fromProjection(input, projected);
}

async function fromProjection(
  input: PayloadInput,
  { sources = [], defaultMode = usualMode }: core.ProjectedVolumeSource,
): Promise<Payload> {
  const all = new Map<string, PayloadFile>();
  for (const { configMap, secret, downwardAPI, serviceAccountToken } of sources ?? []) {
    let part: Payload = new Map();
    if (configMap !== undefined) {
      part = await fromConfigMap(input, configMap.name ?? '', { ...configMap, defaultMode });
    } else if (secret !== undefined) {
      part = await fromSecret(input, secret.name ?? '', { ...secret, defaultMode });
    } else if (downwardAPI !== undefined) {
      part = fromDownward(input, downwardAPI.items ?? [], defaultMode);
    } else if (serviceAccountToken !== undefined) {
      part = await fromToken(input, serviceAccountToken, defaultMode);
    }
    for (const [path, file] of part) all.set(path, file);
  }
  return all;
}

async function fromConfigMap(
  { context, pod }: PayloadInput,
  name: string,
  selection: Selection,
): Promise<Payload> {
  const namespace = pod.metadata.namespace ?? 'default';
  const found = await fetchObject<ConfigMap>(context.client, configMaps, name, namespace);
  if (found === undefined && !selection.optional) throw new Error(`configmap "${name}" not found`);
  const data = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(found?.data ?? {})) data.set(key, Buffer.from(text));
  for (const [key, text] of Object.entries(found?.binaryData ?? {})) {
    data.set(key, Buffer.from(text, 'base64'));
  }
  return select(data, selection, 'configmap');
}

async function fromSecret(
  { context, pod }: PayloadInput,
  name: string,
  selection: Selection,
): Promise<Payload> {
  const namespace = pod.metadata.namespace ?? 'default';
  const found = await fetchObject<Secret>(context.client, secrets, name, namespace);
  if (found === undefined && !selection.optional) throw new Error(`secret "${name}" not found`);
  const data = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(found?.data ?? {})) {
    data.set(key, Buffer.from(text, 'base64'));
  }
  return select(data, selection, 'secret');
}

/** Without `items` every key is a file; with them only those, and all of them must be there. */
function select(
  data: ReadonlyMap<string, Uint8Array>,
  { items, optional, defaultMode }: Selection,
  what: string,
): Payload {
  const files = new Map<string, PayloadFile>();
  if (items === undefined || items.length === 0) {
    for (const [key, content] of data) files.set(key, { content, mode: defaultMode });
    return files;
  }
  for (const { key, path, mode = defaultMode } of items) {
    const content = data.get(key);
    if (content !== undefined) files.set(path, { content, mode });
    else if (!optional) throw new Error(`references non-existent ${what} key: ${key}`);
  }
  return files;
}

function fromDownward(
  { context, pod, podIP }: PayloadInput,
  items: readonly core.DownwardAPIVolumeFile[],
  defaultMode: number,
): Payload {
  const files = new Map<string, PayloadFile>();
  for (const { path, fieldRef, resourceFieldRef, mode = defaultMode } of items) {
    const text =
      fieldRef !== undefined
        ? fieldValue(fieldRef.fieldPath, { pod, podIP, hostIP: context.node.address })
        : resourceFieldRef === undefined
          ? ''
          : resourceValue(resourceFieldRef, pod, context.ownNode(), undefined);
    files.set(path, { content: Buffer.from(text), mode });
  }
  return files;
}

/**
 * A token that all the pod's containers can read: if they all run as one user it is that user's
 * alone, else it has the volume's mode.
 */
async function fromToken(
  { tokens, pod }: PayloadInput,
  { path, audience, expirationSeconds = 3600 }: core.ServiceAccountTokenProjection,
  defaultMode: number,
): Promise<Payload> {
  const token = await tokens.token(pod, { audience, expirationSeconds });
  const users = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map(
    ({ securityContext }) => securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser,
  );
  const [uid] = users;
  const content = Buffer.from(token);
  const oneUser = uid !== undefined && users.every((user) => user === uid);
  return new Map([
    [path, oneUser ? { content, mode: 0o600, uid } : { content, mode: defaultMode }],
  ]);
}
