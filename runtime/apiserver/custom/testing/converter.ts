/** A conversion webhook for tests. */
import type { UnknownObject } from '../../../api/object.ts';
import type { Client } from '../../../client/client.ts';
import type { TestServer } from '../../testing/test-server.ts';
import { startWebhookServer } from '../../testing/webhook-server.ts';

export interface ReviewRequest {
  readonly uid: string;
  readonly desiredAPIVersion: string;
  readonly objects: UnknownObject[];
}

export interface Converter {
  readonly server: TestServer;
  readonly client: Client;
  readonly caBundle: string;
  /** What it has been asked. */
  readonly asked: ReviewRequest[];
  /** How it converts one object; for tests to replace. */
  convert: (object: UnknownObject, apiVersion: string) => object;
  /** What is answered in place of a plain review; for tests to replace. */
  answer: ((request: ReviewRequest) => object) | undefined;
  close(): Promise<void>;
}

/** `hostPort` of v1 is `host` and `port` in v2. */
export function splitHostPort(object: UnknownObject, apiVersion: string): UnknownObject {
  const { hostPort, host, port, ...rest } = object as UnknownObject & Record<string, string>;
  if (apiVersion.endsWith('/v1')) return { ...rest, apiVersion, hostPort: `${host}:${port}` };
  const [left, right] = String(hostPort).split(':');
  return { ...rest, apiVersion, host: left, port: right };
}

/** An API server, and a converter that it can reach. */
export async function startConverter(): Promise<Converter> {
  const asked: ReviewRequest[] = [];
  const answer = (request: ReviewRequest): object => {
    asked.push(request);
    const { uid, objects, desiredAPIVersion } = request;
    const given = converter.answer?.(request);
    if (given !== undefined) return given;
    const convertedObjects = objects.map((object) => converter.convert(object, desiredAPIVersion));
    return { uid, result: { status: 'Success' }, convertedObjects };
  };
  const { server, caBundle, close } = await startWebhookServer(answer, { log: () => {} });
  const converter: Converter = {
    ...{ server, caBundle, asked, close },
    client: server.client,
    convert: splitHostPort,
    answer: undefined,
  };
  return converter;
}
