import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import { createMemoryStore } from '../../store/memory/memory.ts';
import { useRest } from '../testing/use-server.ts';
import { checkStore } from './health.ts';

const { rest } = useRest();

const text = async (path: string) => (await rest.send(path)).body.toString();

describe('health', () => {
  it('says ok, or each check by name', async () => {
    expect(await text('/healthz')).toBe('ok');
    expect(await text('/readyz?verbose')).toMatch(
      /^\[\+\]ping ok\n[\s\S]*\nreadyz check passed\n$/,
    );
    expect(await text('/livez/ping')).toBe('ok');
    expect((await rest.send('/livez/nothing')).code).toBe(404);
    expect(await text('/readyz/shutdown')).toBe('ok');
    expect(await text('/readyz?verbose')).toContain('[+]shutdown ok\n');
    // A server that shuts down is alive.
    expect((await rest.send('/livez/shutdown')).code).toBe(404);
    expect(await text('/livez?verbose')).not.toContain('informer-sync');
  });

  it('leaves checks out, and says which it does not know', async () => {
    const answer = await text('/readyz?verbose&exclude=etcd&exclude=nothing');
    expect(answer).toContain('[+]etcd excluded: ok\n');
    expect(answer).toContain(
      'warn: some health checks cannot be excluded: no matches for "nothing"\n',
    );
  });
});

it('is not well without an answer from a store that is shared', async () => {
  const clock = new VirtualClock();
  const store = createMemoryStore();
  await checkStore(store, clock);
  await checkStore({ ...store, refresh: () => Promise.resolve() }, clock);
  const dead = checkStore({ ...store, refresh: () => new Promise(() => {}) }, clock);
  await Promise.all([expect(dead).rejects.toThrow('no answer from etcd'), clock.advance(2_000)]);
});

describe('metrics', () => {
  it('counts requests under the names that people know', async () => {
    await rest.send('/api/v1/namespaces/default/pods');
    await rest.send('/api/v1/namespaces/default/pods/none');
    const page = await text('/metrics');
    const about = 'group="",version="v1",resource="pods",subresource=""';
    expect(page).toContain(
      `apiserver_request_total{verb="LIST",${about},scope="namespace",component="apiserver",dry_run="",code="200"} 1\n`,
    );
    expect(page).toContain(
      `apiserver_request_total{verb="GET",${about},scope="resource",component="apiserver",dry_run="",code="404"} 1\n`,
    );
    expect(page).toContain(
      `apiserver_request_duration_seconds_bucket{verb="LIST",${about},scope="namespace",component="apiserver",le="+Inf"} 1\n`,
    );
    expect(page).toContain('apiserver_storage_objects{resource="namespaces"} 4\n');
    expect(page).toContain('apiserver_current_inflight_requests{request_kind="readOnly"} 1\n');
    expect(page).toMatch(/^process_resident_memory_bytes \d+$/m);
  });

  it('counts what flows and admission do', async () => {
    const path = '/api/v1/namespaces/default/configmaps?dryRun=All';
    const send = (body: object) =>
      rest.send(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await send({ metadata: { name: 'counted' } })).code).toBe(201);
    expect((await send({ metadata: { name: 'x', namespace: 'default' }, data: 1 })).code).toBe(400);
    const page = await text('/metrics');
    expect(page).toContain('component="apiserver",dry_run="All",code="201"} 1\n');
    expect(page).toMatch(/apiserver_request_total\{verb="GET",.*subresource="\/readyz",.*\} \d+\n/);
    const ofStep = (type: string) => `type="${type}",operation="CREATE",rejected="false"`;
    for (const type of ['admit', 'validate']) {
      expect(page).toMatch(
        new RegExp(
          `apiserver_admission_step_admission_duration_seconds_count{${ofStep(type)}} [1-9]`,
        ),
      );
    }
    const exempt = 'priority_level="exempt",flow_schema="exempt"';
    expect(page).toMatch(
      new RegExp(`apiserver_flowcontrol_dispatched_requests_total{${exempt}} [1-9]`),
    );
    // The one that asks.
    expect(page).toContain(`apiserver_flowcontrol_current_executing_requests{${exempt}} 1\n`);
    expect(page).toMatch(
      /apiserver_flowcontrol_nominal_limit_seats\{priority_level="workload-low"\} [1-9]/,
    );
  });

  it('tells watches from requests', async () => {
    const watch = await rest.open('/api/v1/pods?watch=true');
    const open = 'apiserver_longrunning_requests{verb="WATCH",group="",version="v1"';
    await expect.poll(() => text('/metrics')).toMatch(new RegExp(`${open}.*} 1\n`));
    watch.destroy();
    await expect.poll(() => text('/metrics')).toMatch(new RegExp(`${open}.*} 0\n`));
  });

  it('is written so that every line can be read', async () => {
    for (const line of (await text('/metrics')).trimEnd().split('\n')) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) \S+ .+|[a-z_]+(\{([a-z_]+="[^"]*",?)+\})? -?[\d.e+-]+)$/,
      );
    }
  });
});
