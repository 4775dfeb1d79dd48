/** What tests ask of a server again and again. */
import { expect } from 'vitest';
import { type ApiError, isApiError } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import { serviceAccounts } from '../../client/resources.ts';

/** The refusal of a call; fails if it is allowed. */
export async function refused(call: Promise<unknown>): Promise<ApiError> {
  return call.then(
    () => expect.fail('it was allowed'),
    (error: ApiError) => error,
  );
}

/** The words of a call's refusal to who may not do that. */
export async function forbidden(call: Promise<unknown>): Promise<string> {
  const error = await refused(call);
  expect(isApiError(error, 'Forbidden')).toBe(true);
  return error.message;
}

/** The account that pods of a namespace have, which a controller makes in a cluster. */
export async function makeDefaultAccount(client: Client, namespace = 'default'): Promise<void> {
  await client.create(
    { ...serviceAccounts, namespace },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } },
  );
}
