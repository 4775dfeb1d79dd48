import { describe, expect, it } from 'vitest';
import type { Service } from '../../api/types.ts';
import { podOf } from '../testing/fixtures.ts';
import { expand } from './expand.ts';
import { fieldValue, resourceValue } from './field-ref.ts';
import { serviceVariables } from './services.ts';

describe('expansion', () => {
  const known: Record<string, string> = { A: 'a', B: '$(A)', E: '' };
  it.each([
    ['$(A)', 'a'],
    ['x$(A)y$(A)', 'xaya'],
    ['$(B)', '$(A)'],
    ['$(E)', ''],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$a'],
    ['$$$$(A)', '$$(A)'],
    ['$(UNKNOWN)', '$(UNKNOWN)'],
    ['$(A', '$(A'],
    ['$A $', '$A $'],
    ['$()', '$()'],
    ['', ''],
  ])('%s becomes %s', (text, expected) => {
    expect(expand(text, (name) => known[name])).toBe(expected);
  });
});

describe('fields', () => {
  const pod = podOf('web', {
    serviceAccountName: 'sa',
    containers: [{ name: 'app', resources: { requests: { cpu: '250m', memory: '64Mi' } } }],
  });
  const value = (path: string) => fieldValue(path, { pod, podIP: '1.2.3.4', hostIP: '5.6.7.8' });

  it('are read by path', () => {
    expect(value('metadata.name')).toBe('web');
    expect(value("metadata.labels['app']")).toBe('web');
    expect(value("metadata.annotations['none']")).toBe('');
    expect(value('metadata.labels')).toBe('app="web"');
    expect(value('status.podIP')).toBe('1.2.3.4');
    expect(value('status.hostIP')).toBe('5.6.7.8');
    expect(() => value('spec.nope')).toThrow('unsupported fieldPath');
  });

  it('give resources in units of the divisor, rounded up', () => {
    const resource = (name: string, divisor?: string) =>
      resourceValue({ resource: name, ...(divisor && { divisor }) }, pod, undefined, 'app');
    expect(resource('requests.cpu')).toBe('1');
    expect(resource('requests.cpu', '1m')).toBe('250');
    expect(resource('requests.memory', '1Mi')).toBe('64');
    expect(resource('requests.ephemeral-storage')).toBe('0');
  });
});

describe('service variables', () => {
  const service = (name: string, namespace: string, spec: object) =>
    ({ metadata: { name, namespace }, spec }) as Service;
  const kubernetes = service('kubernetes', 'default', {
    clusterIP: '10.96.0.1',
    ports: [{ name: 'https', port: 443, protocol: 'TCP' }],
  });
  const db = service('my-db', 'shop', { clusterIP: '10.96.0.9', ports: [{ port: 5432 }] });
  const headless = service('none', 'shop', { clusterIP: 'None', ports: [{ port: 1 }] });

  it('name the services of the namespace and the API server', () => {
    const variables = serviceVariables([kubernetes, db, headless], 'shop', {
      links: true,
      apiHost: '',
    });
    expect(Object.fromEntries(variables)).toMatchObject({
      KUBERNETES_SERVICE_HOST: '10.96.0.1',
      KUBERNETES_SERVICE_PORT_HTTPS: '443',
      MY_DB_SERVICE_HOST: '10.96.0.9',
      MY_DB_SERVICE_PORT: '5432',
      MY_DB_PORT: 'tcp://10.96.0.9:5432',
      MY_DB_PORT_5432_TCP_ADDR: '10.96.0.9',
    });
    expect([...variables.keys()].some((name) => name.startsWith('NONE_'))).toBe(false);
  });

  it('can be had without links', () => {
    const variables = serviceVariables([kubernetes, db], 'shop', { links: false, apiHost: '' });
    expect(variables.has('MY_DB_PORT')).toBe(false);
    expect(variables.get('KUBERNETES_PORT')).toBe('tcp://10.96.0.1:443');
  });
});
