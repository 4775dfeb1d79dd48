/**
 * A server as long as tests need it: called beside tests, these start one before them and close it after
 * them. What they give stands for the server of the test that runs; there is none before.
 */
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type Rest, restFor } from './rest.ts';
import { startTestServer, type TestServer } from './test-server.ts';

type Options = Parameters<typeof startTestServer>[0];

/**
 * One server for all tests of a file or of a `describe`.
 * @param options a function where they are made by what comes before in `beforeAll`
 */
export function useTestServer(options: Options | (() => Options) = {}): TestServer {
  let server: TestServer | undefined;
  beforeAll(async () => {
    server = await startTestServer(typeof options === 'function' ? options() : options);
  });
  afterAll(() => server?.close());
  return standIn(() => server);
}

/** A server of its own for each test. */
export function useFreshServer(options: Options | (() => Options) = {}): TestServer {
  let server: TestServer | undefined;
  beforeEach(async () => {
    server = await startTestServer(typeof options === 'function' ? options() : options);
  });
  afterEach(() => server?.close());
  return standIn(() => server);
}

/** A server for all tests that listens, and requests to it, by its administrator. */
export function useRest(options: Options | (() => Options) = {}): UsedRest {
  const server = useTestServer(options);
  let rest: Rest | undefined;
  beforeAll(async () => {
    rest = await restFor(server);
  });
  afterAll(() => rest?.close());
  return { server, rest: standIn(() => rest) };
}

export interface UsedRest {
  readonly server: TestServer;
  readonly rest: Rest;
}

function standIn<T extends object>(current: () => T | undefined): T {
  return new Proxy({} as T, {
    get(_, name) {
      const found = current();
      if (found === undefined) throw new Error(`${String(name)} is there only while tests run`);
      return Reflect.get(found, name);
    },
  });
}
