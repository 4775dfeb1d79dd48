/**
 * How a person names an etcd:
 *
 *   http://127.0.0.1:2379
 *   https://etcd-0:2379,https://etcd-1:2379?ca=/pki/ca.crt&cert=/pki/client.crt&key=/pki/client.key
 */
import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Endpoints } from './connection.ts';

export interface EtcdAddress {
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly secure: boolean;
  /** PEM files; `ca` left out: the authorities that the system trusts. */
  readonly files: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** Throws an Error in words for the person who wrote it. */
export function parseEtcdAddress(text: string): EtcdAddress {
  const question = text.indexOf('?');
  const urls = (question < 0 ? text : text.slice(0, question)).split(',').map(parseUrl);
  const secure = urls[0]?.protocol === 'https:';
  if (urls.some(({ protocol }) => protocol !== urls[0]?.protocol)) {
    throw new Error(`"${text}": either all members of etcd are https or none is`);
  }
  const files: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(question < 0 ? '' : text.slice(question + 1))) {
    if (!['ca', 'cert', 'key'].includes(name) || value === '') {
      throw new Error(`"${text}": expected ca=FILE, cert=FILE and key=FILE after the "?"`);
    }
    files[name] = value;
  }
  if (!secure && Object.keys(files).length > 0) {
    throw new Error(`"${text}": certificates need https`);
  }
  if ((files.cert === undefined) !== (files.key === undefined)) {
    throw new Error(`"${text}": a client certificate is both cert=FILE and key=FILE`);
  }
  const hosts = urls.map(({ hostname, port }) => ({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 2379),
  }));
  return { hosts, secure, files };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url !== undefined && url.pathname === '/' && url.username === '';
  if (!plain || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Error(`"${text}" is no address of an etcd, such as http://127.0.0.1:2379`);
  }
  return url;
}

/** Reads the files and finds the names. Throws if one of them is not there. */
export async function resolveEtcdAddress(address: EtcdAddress): Promise<Endpoints> {
  const { hosts, secure, files } = address;
  // A single name is left to gRPC, which also checks the certificate against it.
  const alone = hosts.length === 1;
  const addresses = await Promise.all(
    hosts.map(async ({ host, port }) => {
      const found = alone || isIP(host) ? host : (await lookup(host, { family: 4 })).address;
      return isIP(found) === 6 ? `[${found}]:${port}` : `${found}:${port}`;
    }),
  );
  if (!secure) return { addresses };
  const read = async (file: string | undefined) =>
    file === undefined ? undefined : await readFile(file);
  const [ca, cert, key] = await Promise.all([files.ca, files.cert, files.key].map(read));
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
  return { addresses, tls, ...(alone ? {} : { serverName: hosts[0]?.host ?? '' }) };
}
