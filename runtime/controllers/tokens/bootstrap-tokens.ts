/**
 * Bootstrap tokens: Secrets in kube-system by which new nodes prove that they belong here. Those that
 * have run out are removed, and `cluster-info` in kube-public carries a signature by each.
 * https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/
 */
import { createHmac } from 'node:crypto';
import type { KubeObject } from '../../api/object.ts';
import type { ConfigMap, Secret } from '../../api/types.ts';
import type { Informer } from '../../client/informer.ts';
import { at, configMaps, secrets, targetOf } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { sameValue } from '../kit/equality.ts';
import { createLoop, tolerate } from '../kit/loop.ts';

const type = 'bootstrap.kubernetes.io/token';
const namespace = 'kube-system';
const infoName = 'cluster-info';
const infoNamespace = 'kube-public';
const signaturePrefix = 'jws-kubeconfig-';

function tokensOf({ informers }: ControllerContext): Informer<Secret> {
  return informers.for<Secret>(secrets, { namespace, fieldSelector: `type=${type}` });
}

function text({ data }: Secret, key: string): string {
  return Buffer.from(data?.[key] ?? '', 'base64').toString();
}

/** Milliseconds from `now` until the token ends; undefined: it does not. */
function endsIn(token: Secret, now: number): number | undefined {
  const expiration = text(token, 'expiration');
  if (expiration === '') return undefined;
  const at = Date.parse(expiration);
  // What is no time is taken for the past: nobody is let in by a mistake.
  return Number.isNaN(at) ? 0 : at - now;
}

/** Starts the controller that removes tokens when they have run out. */
export function runTokenCleaner(context: ControllerContext): void {
  const { client, clock } = context;
  const loop = createLoop(context, 'token-cleaner', 1);
  const tokens = tokensOf(context);
  const enqueue = ({ metadata }: Secret) => loop.queue.add(metadata.name);
  tokens.subscribe({ added: enqueue, updated: enqueue });
  loop.start([tokens], async (name) => {
    const token = tokens.get(name, namespace);
    const left = token && endsIn(token, clock.now());
    if (token === undefined || left === undefined) return;
    if (left > 0) return loop.queue.addAfter(name, Math.min(left, 24 * 3_600_000));
    const { uid } = token.metadata;
    const target = at(secrets, name, namespace);
    await tolerate(client.delete(target, { preconditions: { uid } }), 'NotFound', 'Conflict');
  });
}

/** Starts the controller that signs `cluster-info`, where there is one, with every token. */
export function runBootstrapSigner(context: ControllerContext): void {
  const { client, clock, informers } = context;
  const loop = createLoop(context, 'bootstrap-signer', 1);
  const tokens = tokensOf(context);
  const infos = informers.for<ConfigMap>(configMaps, {
    namespace: infoNamespace,
    fieldSelector: `metadata.name=${infoName}`,
  });
  const enqueue = () => loop.queue.add(infoName);
  tokens.subscribe({ added: enqueue, updated: enqueue, deleted: enqueue });
  infos.subscribe({ added: enqueue, updated: enqueue });
  loop.start([tokens, infos], async () => {
    const info = infos.get(infoName, infoNamespace);
    const kubeconfig = info?.data?.kubeconfig;
    if (info === undefined || kubeconfig === undefined) return;
    const kept = Object.entries(info.data ?? {}).filter(
      ([key]) => !key.startsWith(signaturePrefix),
    );
    const data = Object.fromEntries(kept);
    for (const token of tokens.list()) {
      const id = text(token, 'token-id');
      if (text(token, 'usage-bootstrap-signing') !== 'true' || id === '') continue;
      if ((endsIn(token, clock.now()) ?? 1) <= 0) continue;
      data[signaturePrefix + id] = detachedSignature(kubeconfig, id, text(token, 'token-secret'));
    }
    if (sameValue(data, info.data)) return;
    await client.update(targetOf(configMaps, info), { ...info, data } as KubeObject);
  });
}

/** A JWS (RFC 7515) without its content, which stands beside it. Pure. */
export function detachedSignature(content: string, id: string, secret: string): string {
  const encode = (value: string) => Buffer.from(value).toString('base64url');
  const header = encode(JSON.stringify({ alg: 'HS256', kid: id }));
  const signature = createHmac('sha256', secret).update(`${header}.${encode(content)}`);
  return `${header}..${signature.digest('base64url')}`;
}
