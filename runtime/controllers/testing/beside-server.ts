/** Controllers beside a real API server, for what only that can tell: who may do what, signatures, requests. */
import { afterEach, beforeEach } from 'vitest';
import { systemClock } from '../../api/clock.ts';
import type { TestServer } from '../../apiserver/testing/test-server.ts';
import { createInformers } from '../../client/informer.ts';
import type { ControllerContext } from '../kit/context.ts';

/** Of the test that runs. */
export interface Running {
  /** Of the server. */
  readonly port: number;
  /** Ends with the controllers. */
  readonly signal: AbortSignal;
}

/**
 * Lets the server of each test listen and starts controllers at it, which end with the test.
 * @param own of the server's keys, what the controllers are given
 */
export function useControllers(
  server: TestServer,
  controllers: readonly ((context: ControllerContext) => void)[],
  own: () => Partial<ControllerContext>,
): Running {
  let port = 0;
  let stop = new AbortController();
  beforeEach(async () => {
    ({ port } = await server.api.listen({ host: '127.0.0.1', port: 0 }));
    stop = new AbortController();
    const { signal } = stop;
    const { client } = server;
    const context: ControllerContext = {
      ...{ client, clock: systemClock, signal, random: () => 0.5, log: () => {} },
      informers: createInformers(client, systemClock, signal),
      ...own(),
    };
    for (const run of controllers) run(context);
  });
  afterEach(() => stop.abort());
  return {
    get port() {
      return port;
    },
    get signal() {
      return stop.signal;
    },
  };
}
