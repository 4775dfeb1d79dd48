/** Where an API server is and as whom to speak to it. `kubeconfig.ts` makes one from a context. */

export interface Credentials {
  token?: string;
  /** PEM, with its key. */
  clientCertificate?: string;
  clientKey?: string;
}

/** Credentials that change while the program runs: token files and credential plugins. */
export interface CredentialSource {
  get(): Promise<Credentials>;
  /** The server did not accept what `get` gave: fetch it anew next time. */
  expire(): void;
}

export interface Connection extends Credentials {
  /** `https://host:port`, possibly with a path in front of the API; `http:` for a local proxy. */
  readonly server: string;
  /** PEM of the authorities to trust; left out: those that Node trusts. */
  readonly ca?: string;
  /** The name in the server's certificate, where it is not the host of `server`. */
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly credentials?: CredentialSource;
  readonly impersonate?: { user: string; uid?: string; groups?: readonly string[] };
  /** The namespace to use where none is named. */
  readonly namespace?: string;
}

/** All credentials of a connection at this moment. */
export async function currentCredentials(connection: Connection): Promise<Credentials> {
  const { token, clientCertificate, clientKey, credentials } = connection;
  return {
    ...(token === undefined ? {} : { token }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(clientKey === undefined ? {} : { clientKey }),
    ...(credentials === undefined ? {} : await credentials.get()),
  };
}

/** The request headers that say who we are. */
export function identityHeaders(
  { username, password, impersonate }: Connection,
  { token }: Credentials,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  else if (username !== undefined) {
    const pair = Buffer.from(`${username}:${password ?? ''}`).toString('base64');
    headers.authorization = `Basic ${pair}`;
  }
  if (impersonate !== undefined) {
    headers['impersonate-user'] = impersonate.user;
    if (impersonate.uid !== undefined) headers['impersonate-uid'] = impersonate.uid;
    if (impersonate.groups?.length) headers['impersonate-group'] = [...impersonate.groups];
  }
  return headers;
}

/** Options for `node:tls`. */
export function tlsOptions(
  { ca, tlsServerName, insecureSkipTlsVerify }: Connection,
  { clientCertificate, clientKey }: Credentials,
): {
  ca?: string;
  cert?: string;
  key?: string;
  servername?: string;
  rejectUnauthorized?: boolean;
} {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(clientCertificate === undefined ? {} : { cert: clientCertificate }),
    ...(clientKey === undefined ? {} : { key: clientKey }),
    ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
    ...(insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
  };
}
