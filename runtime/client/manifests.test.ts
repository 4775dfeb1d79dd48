import { describe, expect, it } from 'vitest';
import { parseManifests } from './manifests.ts';

const parse = (text: string) => parseManifests([{ path: 'a.yaml', text }]);

describe('manifests', () => {
  it('reads several documents, passes over empty ones and unfolds lists', () => {
    const documents = parse(`# first
apiVersion: v1
kind: Namespace
metadata: {name: a}
---
# nothing here
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
`);
    expect(documents.map(({ object, line }) => [object.metadata.name, line])).toEqual([
      ['a', 2],
      ['b', 8],
      ['c', 8],
    ]);
  });

  it('reads YAML as Kubernetes does', () => {
    const [document] = parse(`apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {mode: 0644, yes: on, time: 12:30:45, day: 2026-01-02, text: "on", dot: ., hash: 12e4567, unit: e3}
`);
    expect(document?.object.data).toEqual({
      mode: 420,
      true: true,
      time: '12:30:45',
      day: '2026-01-02',
      text: 'on',
      dot: '.',
      hash: '12e4567',
      unit: 'e3',
    });
  });

  it.each([
    ['a: 1\nb: {c: 2]\n', /^a\.yaml:2: /],
    ['apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\n- 1\n', /^a\.yaml:5: is not a Kub/],
    ['\n\nkind: Pod\n', /^a\.yaml:3: apiVersion is missing/],
    ['apiVersion: v1\nkind: Pod\n', /^a\.yaml:1: metadata\.name of the Pod is missing/],
    [
      'apiVersion: v1\nkind: Pod\nmetadata: {name: n}',
      /name of the Pod is a boolean: put it in quotes/,
    ],
  ])('says where a problem is: %j', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('reads JSON', () => {
    expect(parse('{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}')).toHaveLength(1);
  });
});
