import { describe, expect, it } from 'vitest';
import { negotiate } from './negotiate.ts';

const offer = { binary: true, watch: false, answerOnly: false, several: false };
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';

describe('negotiation', () => {
  it('makes a table of objects, and of an answer that is not kept only what it is', () => {
    expect(negotiate(table, offer)).toMatchObject({ as: 'Table' });
    const review = { ...offer, answerOnly: true };
    expect(() => negotiate(table, review)).toThrow('only the following media types are accepted');
    expect(negotiate(`${table},application/json`, review)).toMatchObject({ as: 'object' });
  });
});
