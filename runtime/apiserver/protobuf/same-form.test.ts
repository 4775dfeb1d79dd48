import { describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import { copyJson, freezeJson } from '../registry/json.ts';
import { decodeProtobuf } from './decode.ts';
import { encodeProtobuf } from './encode.ts';
import { takeForm } from './same-form.ts';

/** What becomes of `kept` when a client sends `sent` in its place. */
function sentBack(kept: UnknownObject, sent: UnknownObject): UnknownObject {
  const next = copyJson(sent);
  takeForm(next, freezeJson(kept));
  return next;
}

const cronJob = (template: object): UnknownObject => ({
  ...{ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'c' } },
  spec: { schedule: '* * * * *', jobTemplate: { spec: { template } } },
});
const containers = [{ name: 'a', image: 'i', env: [{ name: 'E', value: '' }], args: [] }];

describe('takeForm', () => {
  it('knows what a client has only read and written back, in either form', () => {
    const kept = cronJob({ spec: { containers } });
    const structs = cronJob({
      metadata: { creationTimestamp: null },
      spec: { containers: [{ name: 'a', image: 'i', env: [{ name: 'E' }], resources: {} }] },
    });
    expect(sentBack(kept, structs)).toEqual(kept);
    expect(sentBack(kept, decodeProtobuf(encodeProtobuf(kept) as Buffer))).toEqual(kept);
  });

  it('knows empty lists, maps and texts of every kind', () => {
    const range = { apiVersion: 'v1', kind: 'LimitRange', metadata: {}, spec: { limits: [] } };
    expect(sentBack(range, { ...range, spec: {} })).toEqual(range);
    const parentRef = { group: '', resource: 'services', name: 'a', namespace: 'default' };
    const address = {
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'IPAddress', metadata: {} },
      spec: { parentRef },
    };
    expect(sentBack(address, decodeProtobuf(encodeProtobuf(address) as Buffer))).toEqual(address);
  });

  it('leaves changes alone, also of what may be nothing and mean it', () => {
    const kept = cronJob({ spec: { containers } });
    const changed = cronJob({ spec: { containers: [{ ...containers[0], image: 'j' }] } });
    expect(sentBack(kept, changed)).toEqual(changed);
    const policy = (spec: object): UnknownObject => ({
      ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'p' }, spec },
    });
    // An empty selector takes all pods, none takes no pod.
    const all = policy({ minAvailable: 0, selector: {} });
    expect(sentBack(policy({}), all)).toEqual(all);
    expect(sentBack(all, policy({}))).toEqual(policy({}));
  });
});
