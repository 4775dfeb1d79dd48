import { expect, it } from 'vitest';
import { controllerBindings } from '../apiserver/bootstrap/controller-roles.ts';
import { namespaceAccounts } from '../apiserver/bootstrap/namespace-roles.ts';
import { accounts } from './manager.ts';

it('knows the rights of every account that a controller calls as', () => {
  const known = new Set([
    ...controllerBindings.map(([, account]) => account),
    ...namespaceAccounts,
  ]);
  expect([...accounts].filter((account) => !known.has(account))).toEqual([]);
});
