import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../runtime/api/object.ts';
import { editedObject, LiveTextError, liveText } from './live-text.ts';
import { livePath, parseLivePath } from './uri.ts';

const live = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'shop',
    namespace: 'default',
    uid: 'u1',
    resourceVersion: '7',
    creationTimestamp: '2026-01-01T00:00:00Z',
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    managedFields: [{ manager: 'kubectl' }],
  },
  data: { motd: 'two\nlines\n', flag: 'yes' },
  status: { seen: true },
} as unknown as KubeObject;

describe('liveText', () => {
  it('hides what is the server’s and keeps strings strings', () => {
    expect(liveText(live)).toBe(
      `apiVersion: v1
kind: ConfigMap
metadata:
  name: shop
  namespace: default
data:
  motd: |
    two
    lines
  flag: "yes"
`,
    );
  });

  it('puts it back when the text is saved', () => {
    const edited = editedObject(liveText(live).replace('"yes"', '"no"'), live);
    expect(edited).toMatchObject({
      metadata: {
        uid: 'u1',
        resourceVersion: '7',
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
      },
      data: { flag: 'no' },
      status: { seen: true },
    });
    expect(edited.metadata.managedFields).toBeUndefined();
  });

  it('refuses to make another object of it', () => {
    const other = liveText(live).replace('name: shop', 'name: other');
    expect(() => editedObject(other, live)).toThrow(LiveTextError);
    expect(() => editedObject('kind: [', live)).toThrow(LiveTextError);
  });
});

describe('livePath', () => {
  it('survives contexts with slashes and colons', () => {
    const object = {
      context: 'arn:aws:eks:eu/prod 100%',
      resource: { group: 'apps', version: 'v1', resource: 'deployments' },
      namespace: 'default',
      name: 'web',
    };
    const path = livePath(object);
    expect(path).toBe('/arn:aws:eks:eu%2Fprod 100%25/default/apps~v1~deployments/web (live).yaml');
    expect(parseLivePath(path)).toEqual(object);
  });

  it('names cluster-scoped objects of the core group', () => {
    const object = {
      context: 'c',
      resource: { group: '', version: 'v1', resource: 'nodes' },
      name: 'n',
    };
    expect(parseLivePath(livePath(object))).toEqual(object);
    expect(parseLivePath('/c/x')).toBeUndefined();
  });
});
