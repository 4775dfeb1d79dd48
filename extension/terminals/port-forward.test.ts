import { connect, createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { apiError } from '../../runtime/api/status.ts';
import type { PodStreams } from '../../runtime/client/pod-streams.ts';
import { startForward } from './port-forward.ts';

/** Sends a word through a local port and returns what comes back until the other side ends. */
function ask(port: number, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(word));
    socket.on('data', (chunk) => {
      answer += chunk;
      socket.end();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

/** A pod that says back what it hears. */
const echo = { portForward: async () => new PassThrough() } as unknown as PodStreams;

describe('startForward', () => {
  it('carries bytes both ways and asks for the pod with every connection', async () => {
    const asked: string[] = [];
    const forward = await startForward(
      {
        streams: echo,
        resolve: async () => {
          asked.push('pod');
          return { namespace: 'default', name: 'web', port: 80 };
        },
        onError: () => {},
      },
      0,
    );
    expect(await ask(forward.localPort, 'one')).toBe('one');
    expect(await ask(forward.localPort, 'two')).toBe('two');
    expect(asked).toHaveLength(2);
    forward.close();
  });

  it('tells why a connection goes nowhere, and goes on listening', async () => {
    const errors: unknown[] = [];
    const forward = await startForward(
      {
        streams: echo,
        resolve: async () => {
          throw apiError('NotFound', 'no pod is ready');
        },
        onError: (error) => errors.push(error),
      },
      0,
    );
    expect(await ask(forward.localPort, 'x')).toBe('');
    expect(await ask(forward.localPort, 'y')).toBe('');
    expect(errors.map(String)).toEqual(['ApiError: no pod is ready', 'ApiError: no pod is ready']);
    forward.close();
  });

  it('takes another port where the wanted one is taken', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port));
    });
    const resolve = async () => ({ namespace: 'default', name: 'web', port: 80 });
    const forward = await startForward({ streams: echo, resolve, onError: () => {} }, port);
    expect(forward.localPort).not.toBe(port);
    forward.close();
    taken.close();
  });
});
