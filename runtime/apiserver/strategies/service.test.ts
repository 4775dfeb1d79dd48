import { describe, expect, it } from 'vitest';
import { applyDefaults } from '../../api/defaults/defaults.ts';
import type { KubeObject } from '../../api/object.ts';
import { ApiError } from '../../api/status.ts';
import { validateCreate, validateUpdate } from '../../api/validation/validate.ts';
import { serviceStrategy } from './service.ts';
import type { StrategyContext } from './strategy.ts';

const context = {} as StrategyContext;
const ports = [{ port: 80 }];
type Made = Record<string, unknown>;

function make(spec: Made): KubeObject & { spec: Made; status: Made } {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'a', namespace: 'default' },
    spec: structuredClone(spec),
    status: {},
  };
  applyDefaults(service);
  return service;
}

/** The service as it would be stored, or the messages of the refusal. */
function created(spec: Made): Made | string[] {
  const service = make({ ports, ...spec });
  return outcome(service, () => {
    serviceStrategy.prepareForCreate?.(service as never, context);
    return validateCreate(service);
  });
}

function updated(before: Made, change: Made, status: Made = {}): Made | string[] {
  const previous = make({ ports, ...before });
  const next = make({ ...previous.spec, ...change });
  for (const name of Object.keys(change)) if (change[name] === null) delete next.spec[name];
  next.status = status;
  return outcome(next, () => {
    serviceStrategy.prepareForUpdate?.(next as never, previous as never, context);
    return validateUpdate(next, previous);
  });
}

function outcome(
  { spec }: { spec: Made },
  prepare: () => ReturnType<typeof validateCreate>,
): Made | string[] {
  let causes: ReturnType<typeof validateCreate>;
  try {
    causes = prepare();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    causes = error.status.details?.causes ?? [];
  }
  return causes.length === 0 ? spec : causes.map(({ field, message }) => `${field}: ${message}`);
}

const own = { clusterIP: '10.0.0.5', clusterIPs: ['10.0.0.5'] };
const single = { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] };
const stored = { type: 'ClusterIP', ...own, ...single };
const bare = { clusterIP: 'None', clusterIPs: ['None'] };

describe('a new service', () => {
  it.each([
    [{ clusterIP: '10.0.0.5' }, stored],
    [{}, single],
    [{ ipFamilyPolicy: 'PreferDualStack' }, { ipFamilies: ['IPv4'] }],
    [{ clusterIP: 'None' }, { ...bare, ipFamilies: ['IPv4', 'IPv6'] }],
    [
      { clusterIP: 'None', selector: { a: 'b' } },
      { ...bare, ...single },
    ],
    [{ clusterIP: 'None', ipFamilies: ['IPv6'] }, { ipFamilies: ['IPv6', 'IPv4'] }],
    [
      { clusterIP: 'None', ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' },
      { ipFamilies: ['IPv6'] },
    ],
  ])('%j is settled', (spec, settled) => {
    expect(created(spec)).toMatchObject(settled);
  });

  it.each([
    [
      { clusterIPs: ['10.0.0.5'] },
      'spec.clusterIPs: Invalid value: ["10.0.0.5"]: must be empty when `clusterIP` is not specified',
    ],
    [
      { clusterIP: '10.0.0.6', clusterIPs: ['10.0.0.5'] },
      'spec.clusterIPs: Invalid value: ["10.0.0.5"]: first value must match `clusterIP`',
    ],
    [
      { clusterIP: 'None', clusterIPs: ['None', '10.0.0.5'] },
      'spec.clusterIPs: Invalid value: ["None","10.0.0.5"]: \'None\' must be the first and only value',
    ],
    [
      { ipFamilyPolicy: 'RequireDualStack' },
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    ],
    [
      { ipFamilies: ['IPv6'] },
      'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
    ],
    [
      { clusterIP: 'fd00::5' },
      'spec.clusterIPs[0]: Invalid value: ["fd00::5"]: IPv6 is not configured on this cluster',
    ],
    [
      { ...own, ipFamilies: ['IPv6'] },
      'spec.clusterIPs[0]: Invalid value: "10.0.0.5": expected an IPv6 value as indicated by `ipFamilies[0]`',
    ],
    [
      { ipFamilies: ['IPv4', 'IPv6'] },
      "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
    ],
    [
      { type: 'ExternalName', externalName: 'a.b', ipFamilies: ['IPv4'] },
      'spec.ipFamilies: Forbidden: may not be set for ExternalName services',
    ],
    [
      { type: 'LoadBalancer', ports: [{ port: 10250 }] },
      'spec.ports[0]: Invalid value: 10250: may not expose port 10250 externally since it is used by kubelet',
    ],
  ])('%j is refused', (spec, why) => {
    expect(created(spec)).toEqual([why]);
  });
});

describe('a changed service', () => {
  const fresh = { clusterIP: null, clusterIPs: null };
  const nodePort = [{ port: 80, nodePort: 30001 }];
  const local = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: nodePort };
  it.each([
    ['keeps its address', stored, { clusterIP: null }, own],
    ['keeps its addresses', stored, { clusterIPs: null }, own],
    ['keeps both', stored, fresh, own],
    ['keeps its families', stored, { ipFamilies: null, ipFamilyPolicy: null }, single],
    ['stays without one', { ...bare, selector: { a: 'b' } }, fresh, bare],
    [
      'becomes a single one',
      { ...bare, ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] },
      { ipFamilyPolicy: 'SingleStack' },
      { ipFamilies: ['IPv4'] },
    ],
    [
      'prefers what it had',
      { ...stored, ipFamilyPolicy: 'PreferDualStack' },
      { ipFamilyPolicy: 'PreferDualStack' },
      own,
    ],
    [
      'takes an address again',
      { type: 'ExternalName', externalName: 'a.b' },
      { type: 'ClusterIP', clusterIP: '10.0.0.6' },
      { clusterIPs: ['10.0.0.6'], ...single },
    ],
    [
      'keeps node ports by name',
      { ...stored, type: 'NodePort', ports: [{ name: 'a', port: 80, nodePort: 30001 }] },
      { ports: [{ name: 'a', port: 81 }] },
      { ports: [{ port: 81, nodePort: 30001 }] },
    ],
  ])('%s', (_, before, change, settled) => {
    expect(updated(before, change)).toMatchObject(settled);
  });

  it('gives up what belonged to its type', () => {
    const named = updated(stored, { type: 'ExternalName', externalName: 'a.b' });
    for (const name of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) {
      expect(named).not.toHaveProperty(name);
    }
    const inner = updated(
      { ...stored, ...local, healthCheckNodePort: 30002 },
      { type: 'ClusterIP' },
    );
    expect(inner).toMatchObject(stored);
    for (const name of ['healthCheckNodePort', 'externalTrafficPolicy', 'ports.0.nodePort']) {
      expect(inner).not.toHaveProperty(name);
    }
  });

  it('keeps the conditions of its status', () => {
    const previous = make(stored);
    const next = make(stored);
    next.status = { conditions: [{ type: 'x' }], loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } };
    serviceStrategy.prepareForUpdate?.(next as never, previous as never, context);
    expect(next.status).toEqual({ conditions: [{ type: 'x' }], loadBalancer: {} });
  });

  it.each([
    [
      stored,
      { clusterIPs: ['10.0.0.6'] },
      'spec.clusterIPs: Invalid value: ["10.0.0.6"]: first value must match `clusterIP`',
    ],
    [
      stored,
      { clusterIP: '10.0.0.6' },
      'spec.clusterIPs[0]: Invalid value: ["10.0.0.6"]: may not change once set',
    ],
    [
      { ...bare, selector: { a: 'b' } },
      { clusterIP: '10.0.0.6' },
      'spec.clusterIPs[0]: Invalid value: ["10.0.0.6"]: may not change once set',
    ],
    [
      { ...bare, ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] },
      { ipFamilies: ['IPv4'] },
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": must be \'SingleStack\' to release the secondary IP family',
    ],
    [
      stored,
      { type: 'ExternalName', externalName: 'a.b', clusterIP: '10.0.0.6' },
      'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
    ],
    [
      { ...stored, ...local, healthCheckNodePort: 30002 },
      { healthCheckNodePort: 30003 },
      'spec.healthCheckNodePort: Invalid value: 30003: cannot change healthCheckNodePort on loadBalancer service with externalTraffic=Local during update',
    ],
    [
      { ...stored, ...local, healthCheckNodePort: 30002, loadBalancerClass: 'a.b/c' },
      { loadBalancerClass: 'a.b/d' },
      'spec.loadBalancerClass: Invalid value: "a.b/d": may not change once set',
    ],
  ])('%j cannot take %j', (before, change, why) => {
    expect(updated(before, change)).toEqual([why]);
  });
});
