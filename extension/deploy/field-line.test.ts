import { describe, expect, it } from 'vitest';
import { fieldLine } from './field-line.ts';

const text = `apiVersion: v1
kind: ConfigMap
metadata:
  name: a
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    app.kubernetes.io/name: web
spec:
  selector:
    matchLabels: { app: web }
  template:
    spec:
      containers:
        - name: app
          image: app
`;

describe('fieldLine', () => {
  it.each([
    ['spec.selector', 13],
    ['spec.template.spec.containers[0].image', 19],
    ['metadata.labels[app.kubernetes.io/name]', 11],
    ['spec.selector.matchLabels.app', 14],
  ])('finds %s', (field, line) => expect(fieldLine(text, 6, field)).toBe(line));

  it('stops at the nearest field that is written down', () => {
    expect(fieldLine(text, 6, 'spec.template.spec.containers[0].ports[0].name')).toBe(18);
    expect(fieldLine(text, 6, 'status')).toBe(6);
  });

  it('is content with the document where no field is named', () => {
    expect(fieldLine(text, 6, undefined)).toBe(6);
    expect(fieldLine('kind: [', 1, 'kind')).toBe(1);
  });
});
