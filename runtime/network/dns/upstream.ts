/** Asks the machine's own name servers what the cluster cannot answer. */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

/** Short enough that a second server is asked before a client gives up (5 s). */
const patienceMs = 1500;

/** `address` or `address:port`. */
export type UpstreamServer = string;

/**
 * Sends a query as it is and answers the response as it is, but for the id. Servers are asked in
 * order; undefined if none answers.
 */
export async function forward(
  query: Buffer,
  servers: readonly UpstreamServer[],
  transport: 'udp' | 'tcp',
): Promise<Buffer | undefined> {
  const ask = transport === 'udp' ? askUdp : askTcp;
  const id = query.readUInt16BE(0);
  // An id of our own, at random: whoever guesses answers must guess it and the port.
  const own = randomInt(0x10000);
  const sent = Buffer.from(query);
  sent.writeUInt16BE(own, 0);
  for (const server of servers) {
    const [address = '', port = '53'] = server.split(':');
    const response = await ask(sent, address, Number(port)).catch(() => undefined);
    if (response === undefined || response.length < 12) continue;
    const copy = Buffer.from(response);
    copy.writeUInt16BE(id, 0);
    return copy;
  }
  return undefined;
}

function askUdp(query: Buffer, address: string, port: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const end = (outcome: () => void) => {
      clearTimeout(timer);
      socket.removeAllListeners('message');
      socket.close();
      outcome();
    };
    const timer = setTimeout(() => end(() => reject(new Error('no answer'))), patienceMs);
    socket.once('error', (error) => end(() => reject(error)));
    socket.on('message', (message) => {
      if (message.length >= 2 && message.readUInt16BE(0) === query.readUInt16BE(0)) {
        end(() => resolve(message));
      }
    });
    // Connected, so that "nobody listens there" is an error at once and strangers are not heard.
    socket.connect(port, address, () => socket.send(query));
  });
}

function askTcp(query: Buffer, address: string, port: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port });
    socket.setTimeout(patienceMs, () => socket.destroy(new Error('no answer')));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed without an answer')));
    socket.write(framed(query));
    readFrames(socket, (frame) => {
      resolve(frame);
      socket.destroy();
    });
  });
}

/** A message as it travels over TCP: two bytes of length before it. */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Calls back for every message of a TCP stream. */
export function readFrames(
  socket: NodeJS.ReadableStream,
  onFrame: (message: Buffer) => void,
): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      onFrame(pending.subarray(2, end));
      pending = pending.subarray(end);
    }
  });
}
