/** The two ways in which Skiff writes a kubeconfig: a file of its own, or one context in a user's. */
import { mkdir, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Document, isMap, isSeq, parseDocument, stringify, YAMLMap, YAMLSeq } from 'yaml';
import { KubeconfigError } from './kubeconfig.ts';

/** One cluster, user and context, all of one name. */
export interface NamedContext {
  name: string;
  server: string;
  /** PEM. */
  ca: string;
  /** PEM, both or neither. */
  clientCertificate?: string;
  clientKey?: string;
  token?: string;
  namespace?: string;
}

/** A kubeconfig with this context alone, which is the current one. */
export function renderKubeconfig(context: NamedContext): string {
  const { cluster, user, entry } = entriesOf(context);
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context.name,
    clusters: [cluster],
    users: [user],
    contexts: [entry],
    preferences: {},
  });
}

/**
 * Adds the context to a file of the user's, or replaces those of the same name; everything else
 * stays as it is, comments and the current context too. A file that is not there is made. Throws
 * KubeconfigError, and leaves the file alone, where it is no kubeconfig.
 */
export async function writeContext(file: string, context: NamedContext): Promise<void> {
  const document = await open(file);
  const { cluster, user, entry } = entriesOf(context);
  put(document, 'clusters', cluster);
  put(document, 'users', user);
  put(document, 'contexts', entry);
  await save(file, document);
}

/** Takes a context that `writeContext` made out again (a current-context stays); true if there was one. */
export async function removeContext(file: string, name: string): Promise<boolean> {
  const document = await open(file);
  let found = false;
  for (const list of ['clusters', 'users', 'contexts']) {
    const sequence = document.get(list);
    if (!isSeq(sequence)) continue;
    const before = sequence.items.length;
    sequence.items = sequence.items.filter((item) => !isMap(item) || item.get('name') !== name);
    found ||= sequence.items.length < before;
  }
  if (found) await save(file, document);
  return found;
}

function entriesOf(context: NamedContext) {
  const { name, server, ca, clientCertificate, clientKey, token, namespace } = context;
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  return {
    cluster: { name, cluster: { server, 'certificate-authority-data': base64(ca) } },
    user: {
      name,
      user: {
        ...(clientCertificate ? { 'client-certificate-data': base64(clientCertificate) } : {}),
        ...(clientKey ? { 'client-key-data': base64(clientKey) } : {}),
        ...(token ? { token } : {}),
      },
    },
    entry: {
      name,
      context: { cluster: name, user: name, ...(namespace ? { namespace } : {}) },
    },
  };
}

async function open(file: string): Promise<Document> {
  let text = '';
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new KubeconfigError(`${file}: ${(error as Error).message}`);
    }
  }
  const document: Document = parseDocument(text);
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw new KubeconfigError(`${file}: is not valid YAML: ${problem.message.split('\n')[0]}`);
  }
  if (document.contents === null) {
    const made = new Document({ apiVersion: 'v1', kind: 'Config' });
    made.commentBefore = document.commentBefore;
    return made;
  }
  if (!isMap(document.contents)) throw new KubeconfigError(`${file}: is not a kubeconfig`);
  return document;
}

function put(document: Document, list: string, entry: { name: string }): void {
  let sequence = document.get(list);
  if (!isSeq(sequence)) {
    // `clusters: null` and `clusters: []` are both written by other tools.
    sequence = new YAMLSeq(document.schema);
    document.set(list, sequence);
  }
  const { items } = sequence as YAMLSeq;
  (sequence as YAMLSeq).flow = false;
  const node = document.createNode(entry) as YAMLMap;
  const index = items.findIndex(
    (item) => item instanceof YAMLMap && item.get('name') === entry.name,
  );
  if (index >= 0) items[index] = node;
  else items.push(node);
}

/** Written beside and renamed, so that nobody ever reads half a file. Holds keys: owner only. */
async function save(file: string, document: Document): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  // People link ~/.kube/config to elsewhere: replace what the link points to, not the link.
  const target = await realpath(file).catch(() => file);
  const beside = `${target}.skiff-${process.pid}`;
  await writeFile(beside, document.toString({ lineWidth: 0 }), { mode: 0o600 });
  await rename(beside, target);
}
