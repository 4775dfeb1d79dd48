/**
 * Serves a pod's logs, exec, attach and port-forward to clients, after the request was authenticated
 * and authorized. The upgrade functions answer on the socket themselves, refusals too, and never
 * reject; `serveLog` throws ApiError as long as nothing was sent, like any other handler.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../api/clock.ts';
import { ApiError, apiError } from '../../api/status.ts';
import type { ExecSession, PodKey, PodStreams } from '../../client/pod-streams.ts';
import { logOptions, logOverHttp, logOverWebSocket, logProtocols } from './logs.ts';
import {
  channelPortForwardProtocols,
  portForwardOverChannels,
  portForwardOverSpdy,
  portForwardProtocol,
  portForwardTunnel,
  portsOf,
  tunnelProtocol,
} from './port-forward.ts';
import {
  commandOptions,
  commandOverSpdy,
  commandOverWebSocket,
  spdyCommandProtocols,
  webSocketCommandProtocols,
} from './remote-command.ts';
import {
  acceptSpdy,
  acceptWebSocket,
  chooseProtocol,
  listHeader,
  refuse,
  type Upgrade,
  upgradeKind,
} from './upgrade.ts';

export interface StreamRequest {
  readonly streams: PodStreams;
  readonly pod: PodKey;
  readonly query: URLSearchParams;
  readonly clock?: Clock;
}

/** POST or GET …/pods/NAME/exec with an upgrade; resolves when the session is over. */
export function serveExec(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  { streams, pod, query, clock }: StreamRequest,
): Promise<void> {
  return serveCommand({ request, socket, head }, query, clock, (options) => {
    if (options.command.length === 0) {
      throw apiError('BadRequest', 'you must specify at least one command for the container');
    }
    return streams.exec(pod, options);
  });
}

/** POST or GET …/pods/NAME/attach with an upgrade; resolves when the session is over. */
export function serveAttach(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  { streams, pod, query, clock }: StreamRequest,
): Promise<void> {
  return serveCommand({ request, socket, head }, query, clock, ({ command: _, ...options }) =>
    streams.attach(pod, options),
  );
}

/** POST or GET …/pods/NAME/portforward with an upgrade; resolves when the connection is over. */
export function servePortForward(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  { streams, pod, query, clock }: StreamRequest,
): Promise<void> {
  const upgrade = { request, socket, head };
  return answering(socket, async () => {
    if (upgradeKind(request) === 'spdy') {
      const offered = listHeader(request, 'x-stream-protocol-version');
      const protocol = chooseProtocol(offered, [portForwardProtocol]);
      await portForwardOverSpdy(acceptSpdy(upgrade, protocol), streams, pod);
      return;
    }
    requireWebSocket(request);
    const offered = listHeader(request, 'sec-websocket-protocol');
    const protocol = chooseProtocol(offered, [tunnelProtocol, ...channelPortForwardProtocols]);
    if (protocol === tunnelProtocol) {
      await portForwardTunnel(await acceptWebSocket(upgrade, protocol), streams, pod, clock);
      return;
    }
    const ports = portsOf(query);
    const webSocket = await acceptWebSocket(upgrade, protocol);
    const base64 = protocol?.includes('base64') ?? false;
    await portForwardOverChannels(webSocket, base64, ports, streams, pod, clock);
  });
}

/**
 * GET …/pods/NAME/log. Resolves when everything is sent or the client has gone. Throws ApiError
 * while nothing was sent.
 */
export async function serveLog(
  response: ServerResponse,
  { streams, pod, query }: StreamRequest,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const log = await streams.logs(pod, { ...logOptions(query, pod.name), signal: gone.signal });
  await logOverHttp(response, log);
}

/** GET …/pods/NAME/log as a WebSocket. Resolves when everything is sent or the client has gone. */
export function serveLogUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  { streams, pod, query, clock }: StreamRequest,
): Promise<void> {
  return answering(socket, async () => {
    requireWebSocket(request);
    const protocol = chooseProtocol(listHeader(request, 'sec-websocket-protocol'), logProtocols);
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    const log = await streams.logs(pod, { ...logOptions(query, pod.name), signal: gone.signal });
    const webSocket = await acceptWebSocket({ request, socket, head }, protocol);
    await logOverWebSocket(webSocket, protocol, log, clock);
  });
}

/**
 * The protocol is settled before the process is started, and the process before the protocol is
 * switched: so a client that falls back from WebSocket to SPDY never runs a command twice, and one
 * that asks for a container that is not there gets a plain Status.
 */
function serveCommand(
  upgrade: Upgrade,
  query: URLSearchParams,
  clock: Clock | undefined,
  start: (options: ReturnType<typeof commandOptions>) => Promise<ExecSession>,
): Promise<void> {
  const { request, socket } = upgrade;
  return answering(socket, async () => {
    const spdy = upgradeKind(request) === 'spdy';
    if (!spdy) requireWebSocket(request);
    const header = spdy ? 'x-stream-protocol-version' : 'sec-websocket-protocol';
    const ours = spdy ? spdyCommandProtocols : webSocketCommandProtocols;
    const protocol = chooseProtocol(listHeader(request, header), ours);
    const options = commandOptions(query);
    const session = await start(options);
    if (spdy) {
      await commandOverSpdy(acceptSpdy(upgrade, protocol), protocol, session, options, clock);
      return;
    }
    const webSocket = await acceptWebSocket(upgrade, protocol).catch((error) => {
      session.close();
      throw error;
    });
    await commandOverWebSocket(webSocket, protocol, session, options, clock);
  });
}

function requireWebSocket(request: IncomingMessage): void {
  if (upgradeKind(request) !== 'websocket')
    throw apiError('BadRequest', 'Upgrade request required');
}

/** Turns what goes wrong before the switch into a refusal. */
async function answering(socket: Duplex, serve: () => Promise<void>): Promise<void> {
  socket.on('error', () => {});
  try {
    await serve();
  } catch (error) {
    const failure =
      error instanceof ApiError
        ? error
        : apiError('InternalError', `Internal error occurred: ${error}`);
    refuse(socket, failure);
  }
}
