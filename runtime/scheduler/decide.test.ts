import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '../api/types.ts';
import { ClusterState, describePod } from './cluster-state.ts';
import { explain, findNodes } from './decide.ts';
import type { Filter } from './filters/filter.ts';
import { nodeAffinity, nodeUnschedulable, taintToleration } from './filters/node.ts';
import { interPodAffinity } from './filters/pod-affinity.ts';
import { nodePorts, nodeResourcesFit } from './filters/room.ts';
import { podTopologySpread } from './filters/spread.ts';
import { findVictims } from './preemption.ts';
import { bestNode } from './scores.ts';
import { node, pod } from './testing/objects.ts';

const filters: Filter[] = [
  nodeUnschedulable,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  podTopologySpread,
  interPodAffinity,
];

function world(nodes: Node[], placed: [Pod, string][] = []): ClusterState {
  const state = new ClusterState({ namespaceLabels: () => ({}) });
  for (const each of nodes) state.setNode(each);
  for (const [each, name] of placed) state.assume(describePod(each), name);
  return state;
}

function outcome(candidate: Pod, state: ClusterState): string | string[] {
  const search = findNodes(describePod(candidate), state, filters);
  return search.kind === 'feasible'
    ? search.nodes.map(({ name }) => name)
    : explain(state.nodes.length, search);
}

describe('filters', () => {
  it('explains what every node lacks, counted and sorted', () => {
    const state = world([
      node('small', { cpu: '500m' }),
      node('closed', {}, { spec: { unschedulable: true } }),
      node(
        'tainted',
        {},
        { spec: { taints: [{ key: 'gpu', value: 'only', effect: 'NoSchedule' }] } },
      ),
    ]);
    expect(outcome(pod('big', { cpu: '2' }), state)).toBe(
      '0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {gpu: only}, 1 node(s) were unschedulable.',
    );
    expect(outcome(pod('any'), world([]))).toBe('no nodes available to schedule pods');
  });

  it('asks for the greediest init container or all containers with sidecars, whichever is more', () => {
    const state = world([node('a', { cpu: '1' })]);
    const container = (cpu: string, more = {}) => ({
      name: 'c',
      image: 'x',
      resources: { requests: { cpu } },
      ...more,
    });
    const spec = { containers: [container('500m')], initContainers: [container('900m')] };
    expect(outcome(pod('fits', {}, spec), state)).toEqual(['a']);
    const sidecar = { ...spec, initContainers: [container('600m', { restartPolicy: 'Always' })] };
    expect(outcome(pod('not', {}, sidecar), state)).toContain('Insufficient cpu');
  });

  it('knows host ports by protocol and address', () => {
    const port = (hostPort: number, hostIP = '', protocol = 'TCP') => ({
      containers: [
        { name: 'c', image: 'x', ports: [{ containerPort: 80, hostPort, hostIP, protocol }] },
      ],
    });
    const state = world([node('a')], [[pod('there', {}, port(80)), 'a']]);
    expect(outcome(pod('same', {}, port(80, '127.0.0.1')), state)).toContain('free ports');
    expect(outcome(pod('udp', {}, port(80, '', 'UDP')), state)).toEqual(['a']);
  });

  it('keeps apart pods that do not want each other, whoever came first', () => {
    const apart = {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            {
              labelSelector: { matchLabels: { app: 'db' } },
              topologyKey: 'kubernetes.io/hostname',
            },
          ],
        },
      },
    };
    const first = pod('db-0', {}, apart, { app: 'db' });
    const state = world([node('a'), node('b')], [[first, 'a']]);
    expect(outcome(pod('db-1', {}, apart, { app: 'db' }), state)).toEqual(['b']);
    expect(outcome(pod('plain', {}, {}, { app: 'db' }), state)).toEqual(['b']);
  });

  it('lets the first of a group that wants its own company start anywhere', () => {
    const near = {
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'zone' },
          ],
        },
      },
    };
    const nodes = [
      node('a', {}, { labels: { zone: 'x' } }),
      node('b', {}, { labels: { zone: 'y' } }),
    ];
    expect(outcome(pod('web-0', {}, near, { app: 'web' }), world(nodes))).toEqual(['a', 'b']);
    const second = world(nodes, [[pod('web-0', {}, near, { app: 'web' }), 'b']]);
    expect(outcome(pod('web-1', {}, near, { app: 'web' }), second)).toEqual(['b']);
    expect(outcome(pod('lonely', {}, near, { app: 'other' }), world(nodes))).toContain(
      "2 node(s) didn't match pod affinity rules",
    );
  });

  it('spreads within maxSkew', () => {
    const spread = {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { app: 'web' } },
        },
      ],
    };
    const state = world([node('a'), node('b')], [[pod('w0', {}, spread, { app: 'web' }), 'a']]);
    expect(outcome(pod('w1', {}, spread, { app: 'web' }), state)).toEqual(['b']);
  });
});

describe('capacity', () => {
  it('is never exceeded, whatever comes and goes', () => {
    const cpu = fc.integer({ min: 50, max: 1500 });
    const step = fc.record({ cpu, memory: fc.integer({ min: 1, max: 900 }), leaves: fc.nat(3) });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 500, max: 4000 }), { minLength: 1, maxLength: 6 }),
        fc.array(step, { maxLength: 60 }),
        (sizes, steps) => {
          const state = world(
            sizes.map((size, i) => node(`n${i}`, { cpu: `${size}m`, memory: '2Gi', pods: '8' })),
          );
          const standing: string[] = [];
          steps.forEach((wish, i) => {
            const each = pod(`p${i}`, { cpu: `${wish.cpu}m`, memory: `${wish.memory}Mi` });
            const placed = describePod(each);
            const search = findNodes(placed, state, filters, i);
            if (search.kind === 'feasible') {
              const chosen = bestNode(placed, search.nodes, state, () => 0.3)!;
              state.assume(placed, chosen.name);
              standing.push(each.metadata.uid);
            }
            if (wish.leaves === 0 && standing.length > 0) state.forget(standing.shift()!);
            for (const { requested, allocatable, pods } of state.nodes) {
              expect(requested.get('cpu') ?? 0).toBeLessThanOrEqual(allocatable.get('cpu')!);
              expect(requested.get('memory') ?? 0).toBeLessThanOrEqual(allocatable.get('memory')!);
              expect(pods.size).toBeLessThanOrEqual(8);
            }
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('preemption', () => {
  const important = (cpu: string) => pod('vip', { cpu }, { priority: 100 });

  it('takes the node with the least important victims and no more of them than needed', () => {
    const state = world(
      [node('a', { cpu: '2' }), node('b', { cpu: '2' })],
      [
        [pod('a1', { cpu: '2' }, { priority: 50 }), 'a'],
        [pod('b1', { cpu: '1' }, { priority: 10 }), 'b'],
        [pod('b2', { cpu: '1' }, { priority: 20 }), 'b'],
      ],
    );
    const placed = describePod(important('1'));
    const search = findNodes(placed, state, filters);
    const found = findVictims(placed, state, search, filters, () => false);
    expect(found).toMatchObject({ kind: 'victims', node: { name: 'b' } });
    if (found.kind === 'victims') {
      expect(found.victims.map((victim) => victim.pod.metadata.name)).toEqual(['b1']);
    }
    expect(state.node('b')?.pods.size).toBe(2);
  });

  it('says why it cannot help', () => {
    const state = world(
      [node('a', { cpu: '1' })],
      [[pod('a1', { cpu: '1' }, { priority: 100 }), 'a']],
    );
    const placed = describePod(important('1'));
    const search = findNodes(placed, state, filters);
    expect(findVictims(placed, state, search, filters, () => false)).toEqual({
      kind: 'none',
      message:
        'preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    });
  });
});
