/**
 * A language server that is killed comes back knowing nothing. What the editor's client does then
 * (it opens the documents again, and the feed begins anew on the informers that are there already)
 * makes it say the same as before, live names included.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { memoryFiles } from '../language-server/language-server.case.ts';
import { type ClusterUpdate, clusterUpdateMethod } from '../language-server/protocol/messages.ts';
import { type Connected, connectClient } from '../language-server/server.case.ts';
import { VirtualClock } from '../runtime/api/clock.ts';
import type { KubeObject } from '../runtime/api/object.ts';
import { createInformers } from '../runtime/client/informer.ts';
import { configMaps } from '../runtime/client/resources.ts';
import { FakeClient } from '../runtime/client/testing/fake-client.ts';
import { startClusterFeed } from './cluster-feed.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const uri = 'file:///w/pod.yaml';
const pod = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: default}
spec:
  containers: [{name: a, image: "a:1", envFrom: [{configMapRef: {name: settings}}]}]
`;
const objects = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default' },
    spec: { containers: [{ name: 'a', image: 'a:1' }] },
    status: { phase: 'Pending' },
  },
] as unknown as KubeObject[];

/** A cluster that goes on whatever becomes of language servers. */
function cluster() {
  const clock = new VirtualClock();
  const client = new FakeClient({ clock, objects });
  const abort = new AbortController();
  closers.push(() => abort.abort());
  const informers = createInformers(client, clock, abort.signal, { onError: () => {} });
  return { clock, client, informers };
}

/** A server that is told of the cluster, with the document open, as after each start. */
async function started({ clock, informers }: ReturnType<typeof cluster>) {
  const server = await connectClient({ files: memoryFiles({ '/w/pod.yaml': pod }) });
  const sent: ClusterUpdate[] = [];
  const end = startClusterFeed({
    onWatchError: () => () => {},
    context: 'test',
    namespace: 'default',
    nodeImages: false,
    informers,
    clock,
    send: (update) => {
      sent.push(update);
      // A server that has been killed hears nothing any more.
      server.client.sendNotification(clusterUpdateMethod, update).catch(() => undefined);
    },
  });
  await server.open(uri, pod);
  await clock.advance(2000);
  return { server, sent, end };
}

/** Waits until the server says what it can only know of the cluster. */
async function knows({ client, clock, diagnostics }: Connected): Promise<void> {
  const textDocument = { uri };
  for (;;) {
    const lenses = await client.sendRequest('textDocument/codeLens', { textDocument });
    if (JSON.stringify(lenses).includes('Pending')) break;
  }
  await clock.advance(1000);
  await diagnostics(uri, (found) =>
    found.includes('No ConfigMap "settings" in this workspace or in "test"'),
  );
}

describe('a language server that is killed', () => {
  it('knows the cluster again when it is back', async () => {
    const live = cluster();
    const first = await started(live);
    await knows(first.server);
    first.server.close();
    first.end();

    const second = await started(live);
    closers.push(() => second.server.close());
    // All of it, and from the beginning: the connection first.
    expect(second.sent[0]).toEqual({ context: 'test', namespace: 'default' });
    const kinds = (sent: ClusterUpdate[]) =>
      sent.flatMap((update) => (update.objects ?? []).map(({ kind }) => kind)).sort();
    expect(kinds(second.sent)).toEqual(kinds(first.sent));
    await knows(second.server);

    // It goes on hearing what happens, and the feed of the one that is dead tells nothing.
    const told = first.sent.length;
    const settings = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'default' },
      data: {},
    };
    await live.client.create({ ...configMaps, namespace: 'default' }, settings as never);
    await live.clock.advance(2000);
    await second.server.client.sendRequest('workspace/symbol', { query: '' });
    await second.server.clock.advance(1000);
    await second.server.diagnostics(uri, (found) => found.length === 0);
    expect(first.sent).toHaveLength(told);
  });
});
