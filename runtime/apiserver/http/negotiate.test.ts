import { describe, expect, it } from 'vitest';
import { checkStream, negotiate } from './negotiate.ts';

const offer = {
  ...{ binary: true, watch: false, answerOnly: false, several: false },
  typeName: 'core.Pod',
};
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';

describe('negotiation', () => {
  it('makes a table of objects, and of an answer that is not kept only what it is', () => {
    expect(negotiate(table, offer)).toMatchObject({ as: 'Table' });
    const review = { ...offer, answerOnly: true };
    expect(() => negotiate(table, review)).toThrow('only the following media types are accepted');
    expect(negotiate(`${table},application/json`, review)).toMatchObject({ as: 'object' });
  });

  it('tells a list from one object, as those do who ask for their metadata', () => {
    const partial = (kind: string) => `application/json;as=${kind};v=v1;g=meta.k8s.io`;
    const list = { ...offer, several: true, typeName: 'core.PodList' };
    expect(negotiate(partial('PartialObjectMetadataList'), list).as).toBe('PartialObjectMetadata');
    expect(() => negotiate(partial('PartialObjectMetadata'), list)).toThrow(
      'you requested PartialObjectMetadata, but the requested object is a list (*core.PodList)',
    );
    expect(() => negotiate(partial('PartialObjectMetadataList'), offer)).toThrow(
      'you requested PartialObjectMetadataList, but the requested object is not a list (*core.Pod)',
    );
  });

  it('streams what is liked best, or nothing', () => {
    const watch = { ...offer, watch: true, several: true };
    expect(negotiate('application/json;stream=watch', watch).encoding).toBe('json');
    for (const accept of ['application/yaml', 'application/yaml,application/json'])
      expect(() => checkStream(negotiate(accept, watch))).toThrow(
        'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
      );
    expect(() => negotiate('application/json;stream=other', watch)).toThrow(
      'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    );
  });
});
