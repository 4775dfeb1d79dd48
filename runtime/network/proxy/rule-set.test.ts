import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { servicePortSets } from '../testing/service-ports.ts';
import type { ServicePort } from './backends.ts';
import {
  difference,
  type RuleChange,
  type RuleSet,
  renderChanges,
  renderWhole,
} from './rule-set.ts';
import { machineRules, nodeRules } from './rules.ts';

/** What the kernel does with a change, refusing what the kernel refuses. */
class Kernel {
  chains = new Map<string, string[]>();
  sets = new Set<string>();
  elements = new Map<string, Map<string, string>>();

  apply(change: RuleChange): void {
    switch (change.type) {
      case 'add-set':
        this.sets.add(change.name);
        break;
      case 'add-chain':
        expect(this.chains.has(change.name)).toBe(false);
        this.chains.set(change.name, []);
        break;
      case 'flush-chain':
        expect(this.chains.has(change.name)).toBe(true);
        this.chains.set(change.name, []);
        break;
      case 'add-rule':
        for (const name of referred(change.rule)) expect(this.has(name)).toBe(true);
        this.chains.get(change.chain)!.push(change.rule);
        break;
      case 'add-element':
        for (const name of referred(change.value)) expect(this.has(name)).toBe(true);
        expect(this.#map(change.map).has(change.key)).toBe(false);
        this.#map(change.map).set(change.key, change.value);
        break;
      case 'delete-element':
        expect(this.#map(change.map).delete(change.key)).toBe(true);
        break;
      case 'delete-chain':
        expect(this.chains.get(change.name)).toEqual([]);
        expect(this.inUse(change.name)).toBe(false);
        this.chains.delete(change.name);
        break;
      case 'delete-set':
        expect(this.inUse(change.name)).toBe(false);
        this.sets.delete(change.name);
        break;
    }
  }

  has(name: string): boolean {
    return this.chains.has(name) || this.sets.has(name);
  }

  inUse(name: string): boolean {
    const texts = [
      ...[...this.chains.values()].flat(),
      ...[...this.elements.values()].flatMap((map) => [...map.values()]),
    ];
    return texts.some((text) => referred(text).includes(name));
  }

  #map(name: string): Map<string, string> {
    const map = this.elements.get(name) ?? new Map<string, string>();
    this.elements.set(name, map);
    return map;
  }
}

function referred(text: string): string[] {
  return [...text.matchAll(/(?:goto |@)([^\s,}]+)/g)].map((match) => match[1]!);
}

const empty: RuleSet = {
  frame: '',
  chains: new Map(),
  dynamicSets: new Map(),
  elements: new Map(),
  flows: new Set(),
};

const onMachine = (ports: ServicePort[]) =>
  machineRules({
    ports,
    serviceCidr: '10.97.0.0/16',
    subnet: '10.233.0.0/16',
    bridgeFiltered: true,
  });
const onNode = (ports: ServicePort[]) =>
  nodeRules(ports, { name: 'node-1', address: '10.233.255.254' });

describe('the difference of two rule sets', () => {
  it.each([
    ['machine', onMachine],
    ['node', onNode],
  ])('leads through any history to what a whole write gives (%s)', (_name, rulesOf) => {
    fc.assert(
      fc.property(fc.array(servicePortSets, { minLength: 1, maxLength: 6 }), (history) => {
        const kernel = new Kernel();
        let previous = empty;
        for (const ports of history) {
          const next = rulesOf(ports);
          for (const change of difference(previous, next)) kernel.apply(change);
          previous = next;
        }
        const whole = new Kernel();
        for (const change of difference(empty, previous)) whole.apply(change);
        expect(sorted(kernel)).toEqual(sorted(whole));
        expect(kernel.chains).toEqual(new Map(previous.chains));
      }),
      { numRuns: 200 },
    );
  });

  it('touches one chain when an endpoint of one of a thousand services changes', () => {
    const before = Array.from({ length: 1000 }, (_, index) => port(index, ['10.233.0.5']));
    const after = before.with(500, port(500, ['10.233.0.5', '10.233.0.6']));
    expect(renderChanges('skiff_c', difference(onMachine(before), onMachine(after)))).toBe(
      [
        'flush chain ip skiff_c svc/default/web-500/tcp/80',
        'add rule ip skiff_c svc/default/web-500/tcp/80 meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.233.0.5 . 8080, 1 : 10.233.0.6 . 8080 }',
        'add element ip skiff_c hairpin { 10.233.0.6 . 10.233.0.6 }',
        '',
      ].join('\n'),
    );
  });

  it('is empty between equals', () => {
    const ports = [port(1, ['10.233.0.5', '10.233.0.6'])];
    expect(difference(onMachine(ports), onMachine(structuredClone(ports)))).toEqual([]);
  });

  it('keeps what clients are bound to while another endpoint comes', () => {
    const sticky = (addresses: string[]) =>
      onMachine([{ ...port(1, addresses), affinitySeconds: 9 }]);
    const changes = difference(sticky(['10.233.0.5']), sticky(['10.233.0.5', '10.233.0.6']));
    expect(changes.filter((change) => change.type.endsWith('set'))).toEqual([
      {
        type: 'add-set',
        name: 'clients/default/web-1/tcp/80/10.233.0.6/8080/9',
        definition: 'type ipv4_addr; size 65535; flags dynamic,timeout; timeout 9s;',
      },
    ]);
  });
});

describe('a whole write', () => {
  it('replaces the table in one transaction', () => {
    const script = renderWhole('skiff_c', onMachine([port(1, [])]));
    expect(script).toMatch(/^add table ip skiff_c\ndelete table ip skiff_c\ntable ip skiff_c \{/);
    expect(script).toContain('add element ip skiff_c unserved { 10.97.0.1 . tcp . 80 }');
  });
});

function port(index: number, addresses: string[]): ServicePort {
  return {
    namespace: 'default',
    service: `web-${index}`,
    protocol: 'tcp',
    port: 80,
    addresses: [`10.97.${index >> 8}.${index & 255}`],
    nodePort: 0,
    loadBalancer: false,
    backends: addresses.map((address) => ({ address, port: 8080, node: 'node-1' })),
    localOnly: false,
    affinitySeconds: 0,
  };
}

function sorted(kernel: Kernel) {
  const lines: string[] = [...kernel.sets];
  for (const [name, rules] of kernel.chains) lines.push(`${name} ${rules.join('; ')}`);
  for (const [map, entries] of kernel.elements) {
    for (const [key, value] of entries) lines.push(`${map} ${key} ${value}`);
  }
  return lines.sort();
}
