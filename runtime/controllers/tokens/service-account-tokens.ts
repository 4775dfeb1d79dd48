/**
 * Fills Secrets of type kubernetes.io/service-account-token that people make, and removes them with
 * their account. Nobody gets such a Secret without asking: pods have tokens that end.
 * https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets
 */
import type { KubeObject } from '../../api/object.ts';
import type { Secret, ServiceAccount } from '../../api/types.ts';
import { at, secrets, serviceAccounts, splitKey, targetOf } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { sameValue } from '../kit/equality.ts';
import { createLoop, tolerate } from '../kit/loop.ts';

/** The type of Secrets that hold a token. */
export const tokenSecretType = 'kubernetes.io/service-account-token';
const nameAnnotation = 'kubernetes.io/service-account.name';
export const uidAnnotation = 'kubernetes.io/service-account.uid';

/** Starts the controller; without a key in the context nothing is signed. */
export function runServiceAccountTokens(context: ControllerContext): void {
  const { client, informers, signServiceAccountToken: sign, rootCaPem } = context;
  if (sign === undefined) return;
  const loop = createLoop(context, 'serviceaccount-token', 2);
  const accounts = informers.for<ServiceAccount>(serviceAccounts);
  const tokens = informers.for<Secret>(secrets, {
    fieldSelector: `type=${tokenSecretType}`,
    indexes: { account: (secret) => [`${secret.metadata.namespace}/${accountOf(secret)}`] },
  });
  const enqueue = ({ metadata }: Secret) =>
    loop.queue.add(`${metadata.namespace}/${metadata.name}`);
  const enqueueOf = ({ metadata }: ServiceAccount) => {
    for (const secret of tokens.byIndex('account', `${metadata.namespace}/${metadata.name}`)) {
      enqueue(secret);
    }
  };
  tokens.subscribe({ added: enqueue, updated: enqueue, deleted: enqueue });
  accounts.subscribe({ added: enqueueOf, deleted: enqueueOf });
  loop.start([tokens, accounts], async (key) => {
    const { name, namespace = '' } = splitKey(key);
    const secret = tokens.get(name, namespace);
    if (secret === undefined) return dropReferences(context, accounts.list(namespace), name);
    const { uid } = secret.metadata;
    const owner = accountOf(secret);
    // As it is now: an account and its token are often made one right after the other.
    const place = at(serviceAccounts, owner, namespace);
    const account = await tolerate(client.get<ServiceAccount>(place), 'NotFound');
    const told = secret.metadata.annotations?.[uidAnnotation];
    if (account === undefined || (told && told !== account.metadata.uid)) {
      const target = at(secrets, name, namespace);
      await tolerate(client.delete(target, { preconditions: { uid } }), 'NotFound', 'Conflict');
      return;
    }
    const next = await filled(secret, account, sign, rootCaPem);
    if (sameValue(next, secret)) return;
    await client.update(targetOf(secrets, secret), next as KubeObject);
  });
}

/** The name of the account that a token Secret is for. */
export function accountOf({ metadata }: Secret): string {
  return metadata.annotations?.[nameAnnotation] ?? '';
}

async function filled(
  secret: Secret,
  account: ServiceAccount,
  sign: NonNullable<ControllerContext['signServiceAccountToken']>,
  rootCaPem: string | undefined,
): Promise<Secret> {
  const { name, namespace = '' } = secret.metadata;
  const { uid } = account.metadata;
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const data: Record<string, string> = { ...secret.data, namespace: base64(namespace) };
  if (rootCaPem !== undefined) data['ca.crt'] = base64(rootCaPem);
  const claims = 'kubernetes.io/serviceaccount';
  data.token ||= base64(
    await sign({
      iss: 'kubernetes/serviceaccount',
      sub: `system:serviceaccount:${namespace}:${account.metadata.name}`,
      [`${claims}/namespace`]: namespace,
      [`${claims}/secret.name`]: name,
      [`${claims}/service-account.name`]: account.metadata.name,
      [`${claims}/service-account.uid`]: uid,
    }),
  );
  const annotations = { ...secret.metadata.annotations, [uidAnnotation]: uid };
  return { ...secret, metadata: { ...secret.metadata, annotations }, data };
}

/** A Secret that is gone is nobody's any more. */
async function dropReferences(
  { client }: ControllerContext,
  accounts: readonly ServiceAccount[],
  name: string,
): Promise<void> {
  for (const account of accounts) {
    const left = (account.secrets ?? []).filter((reference) => reference.name !== name);
    if (left.length === (account.secrets ?? []).length) continue;
    const next = { ...account, secrets: left } as KubeObject;
    await tolerate(client.update(targetOf(serviceAccounts, account), next), 'NotFound');
  }
}
