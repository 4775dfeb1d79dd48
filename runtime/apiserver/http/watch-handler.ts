import { isApiError } from '../../api/status.ts';
import type { Registry } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';
import { openWatch, type ViewEvent } from '../verbs/watch.ts';
import type { Backlogs } from './backlogs.ts';
import { binaryType, errorBinary, eventBinary } from './binary.ts';
import { integerOf, watchRequestOf } from './call.ts';
import type { Format } from './negotiate.ts';
import { Outlet } from './outlet.ts';
import type { ResourceRequest } from './request-info.ts';
import { type Reply, statusOf } from './respond.ts';
import { includedObject } from './table/table.ts';
import { errorBytes, groupBytes } from './watch-body.ts';
import { groupsOf } from './watch-groups.ts';

/** Timers reach no further: 24 days. */
const longestSeconds = 2_147_483;
/** Watches without a time limit of their own end after half an hour to an hour. */
const minimumSeconds = 1800;

/** Serves a watch until it times out or the client goes. Throws before the answer has begun. */
export async function serveWatch(
  registry: Registry,
  served: ServedResource,
  info: ResourceRequest,
  format: Format,
  reply: Reply,
  backlogs: Backlogs,
): Promise<void> {
  const { request, response } = reply;
  const pathName = info.query.has('fieldSelector') ? '' : info.name;
  const includeObject = format.as === 'Table' ? includedObject(info.query) : 'Metadata';
  const binary = format.encoding === 'protobuf';
  const begin = () => {
    if (response.headersSent) return;
    response.writeHead(200, {
      'Content-Type': binary ? `${binaryType};stream=watch` : 'application/json',
    });
    response.flushHeaders();
  };
  const outlet = new Outlet(response, backlogs);
  let first = true;
  const sink = (events: readonly ViewEvent[]) => {
    begin();
    if (binary) {
      response.cork();
      for (const event of events) outlet.write(eventBinary(served, event, format));
      response.uncork();
    } else {
      const { clock, report } = registry;
      const form = { format, includeObject, nowMs: clock.now(), first, report };
      outlet.write(groupBytes(served, events, form));
      first = false;
    }
    if (events.at(-1)?.type === 'ERROR') outlet.finish();
  };
  request.socket.setNoDelay(true);
  const asked = integerOf(info.query, 'timeoutSeconds') ?? 0;
  // Below zero it is over when it has begun.
  const seconds =
    asked !== 0
      ? Math.max(0, Math.min(asked, longestSeconds))
      : minimumSeconds * (1 + registry.random());
  let stop: () => void;
  try {
    const endsAtMs = registry.clock.now() + seconds * 1000;
    const wanted = { ...watchRequestOf(served, info, pathName), endsAtMs };
    const source = groupsOf(registry.cache.resource(served.storageName));
    const ready = () => outlet.ready();
    stop = await openWatch(registry, served, wanted, sink, { source, ready });
  } catch (error) {
    if (!isApiError(error, 'Expired', 'Gone')) throw error;
    // Said inside the stream, as watchers expect it.
    begin();
    response.end(binary ? errorBinary(statusOf(error)) : errorBytes(statusOf(error)));
    return;
  }
  begin();
  reply.begun?.();
  await new Promise<void>((resolve) => {
    const finish = () => {
      outlet.finish();
      resolve();
    };
    const cancel = registry.clock.after(seconds * 1000, finish);
    const keep = served.onRetired(finish);
    response.once('close', () => {
      cancel();
      keep();
      resolve();
    });
    if (response.destroyed) resolve();
  });
  stop();
}
