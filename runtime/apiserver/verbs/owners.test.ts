import { expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import type { Call } from '../registry/registry.ts';
import { dropRepeatedOwners } from './owners.ts';

const owner = { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: '1' };

function kept(...ownerReferences: object[]) {
  const warnings: string[] = [];
  const object = { metadata: { ownerReferences } } as unknown as UnknownObject;
  dropRepeatedOwners({ warn: (text: string) => warnings.push(text) } as unknown as Call, object);
  return [object.metadata.ownerReferences, warnings];
}

it('keeps one of each owner that is named twice in the same words, and says so', () => {
  const [owners, warnings] = kept(owner, { ...owner, uid: '2' }, { ...owner }, owner);
  expect(owners).toEqual([owner, { ...owner, uid: '2' }]);
  expect(warnings).toEqual([expect.stringMatching(/duplicate UID\(s\) observed: 1, 1$/)]);
});

it('keeps owners of one UID that differ', () => {
  const two = [owner, { ...owner, controller: true }];
  expect(kept(...two)).toEqual([two, []]);
});

it('takes no heed of the order of fields, and keeps as many as differ', () => {
  const again = { uid: '1', name: 'a', kind: 'Pod', apiVersion: 'v1' };
  expect(kept(owner, again)[0]).toEqual([owner]);
  const many = Array.from({ length: 10_000 }, (_, index) => ({ ...owner, name: `a${index}` }));
  expect(kept(...many)).toEqual([many, []]);
});
