/** An HTTPS server with just enough of the API around the streaming functions for kubectl. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type ApiError, notFound } from '../../../api/status.ts';
import type { Connection } from '../../../client/connection.ts';
import { makeCertificates } from '../../../client/testing/certificates.ts';
import {
  serveAttach,
  serveExec,
  serveLog,
  serveLogUpgrade,
  servePortForward,
} from '../streaming.ts';
import { LocalPodStreams } from './local-pod-streams.ts';

export interface PodServer {
  connection: Connection & { ca: string };
  streams: LocalPodStreams;
  /** `GET websocket exec`, one line for every upgrade. */
  upgrades: string[];
  close(): void;
}

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', uid: 'u' },
  spec: { containers: [{ name: 'main', image: 'local' }] },
  status: { phase: 'Running' },
};
const documents: Record<string, unknown> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [
      { name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['get', 'list'] },
    ],
  },
  '/api/v1/namespaces/default/pods/web': pod,
};

/** Listens on a free port of the loopback. */
export async function startPodServer(): Promise<PodServer> {
  const { ca, cert, key } = await makeCertificates();
  const streams = new LocalPodStreams();
  const upgrades: string[] = [];
  const parse = (text = '/') => {
    const url = new URL(text, 'https://localhost');
    const [, name = '', action = ''] = /\/pods\/([^/]+)\/(\w+)$/.exec(url.pathname) ?? [];
    return {
      url,
      action,
      options: { streams, pod: { namespace: 'default', name }, query: url.searchParams },
    };
  };
  const server = createServer({ cert, key }, async (request, response) => {
    const { url, action, options } = parse(request.url);
    try {
      if (action === 'log') return await serveLog(response, options);
      const document = documents[url.pathname];
      if (document === undefined) throw notFound('', 'pods', url.pathname);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(document));
    } catch (error) {
      const { status, code } = error as ApiError;
      response.writeHead(code, { 'content-type': 'application/json' });
      response.end(JSON.stringify(status));
    }
  });
  server.on('upgrade', (request, socket, head) => {
    const { action, options } = parse(request.url);
    upgrades.push(`${request.method} ${request.headers.upgrade} ${action}`.toLowerCase());
    if (action === 'exec') void serveExec(request, socket, head, options);
    else if (action === 'attach') void serveAttach(request, socket, head, options);
    else if (action === 'portforward') void servePortForward(request, socket, head, options);
    else void serveLogUpgrade(request, socket, head, options);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    connection: { server: `https://127.0.0.1:${port}`, ca },
    streams,
    upgrades,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
