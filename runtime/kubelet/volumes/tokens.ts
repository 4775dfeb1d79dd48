/** Service account tokens for pods, asked for again before they run out. */
import type { Clock } from '../../api/clock.ts';
import type { KubeObject } from '../../api/object.ts';
import type { authentication, Pod } from '../../api/types.ts';
import type { Client } from '../../client/client.ts';
import { at, serviceAccounts } from '../../client/resources.ts';

export interface TokenRequest {
  readonly audience: string | undefined;
  readonly expirationSeconds: number;
}

export interface TokenSource {
  /** A token that is good for at least a fifth of its life. Throws ApiError. */
  token(pod: Pod, request: TokenRequest): Promise<string>;
  /** Milliseconds until the first of the pod's tokens should be replaced; undefined: it has none. */
  refreshIn(uid: string): number | undefined;
  forget(uid: string): void;
}

interface Held {
  token: string;
  refreshAt: number;
}

/** Makes a source that keeps what it has got. */
export function createTokenSource(client: Client, clock: Clock): TokenSource {
  const held = new Map<string, Map<string, Held>>();
  return {
    token: async (pod, { audience, expirationSeconds }) => {
      const { uid, name, namespace } = pod.metadata;
      const key = `${audience ?? ''}/${expirationSeconds}`;
      const known = held.get(uid)?.get(key);
      if (known !== undefined && clock.now() < known.refreshAt) return known.token;
      const account = pod.spec.serviceAccountName || 'default';
      const asked = clock.now();
      const answer = (await client.create(at(serviceAccounts, account, namespace, 'token'), {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: {},
        spec: {
          ...(audience === undefined ? {} : { audiences: [audience] }),
          expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      } as KubeObject)) as unknown as authentication.TokenRequest;
      const token = answer.status?.token ?? '';
      const expires = Date.parse(answer.status?.expirationTimestamp ?? '');
      const life = Number.isNaN(expires) ? expirationSeconds * 1_000 : expires - asked;
      const ofPod = held.get(uid) ?? new Map<string, Held>();
      // At four fifths of its life, and once a day at the least.
      ofPod.set(key, { token, refreshAt: asked + Math.min(life * 0.8, 24 * 3_600_000) });
      held.set(uid, ofPod);
      return token;
    },
    refreshIn: (uid) => {
      const times = [...(held.get(uid)?.values() ?? [])].map(({ refreshAt }) => refreshAt);
      return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - clock.now());
    },
    forget: (uid) => void held.delete(uid),
  };
}
