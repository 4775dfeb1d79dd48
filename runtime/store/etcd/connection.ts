/** The calls of etcd's v3 API over gRPC. */
import {
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import type { Write } from '../store.ts';
import {
  decodeHeader,
  decodeRange,
  decodeTxn,
  decodeWatch,
  encodeCompaction,
  encodeRange,
  encodeTxn,
  encodeWatch,
  type RangeRequest,
  type RangeResponse,
  type TxnResponse,
  type WatchResponse,
} from './messages.ts';

export interface Endpoints {
  /** `10.0.0.1:2379`; the next is tried when one does not answer. */
  readonly addresses: readonly string[];
  /** PEM; left out: no TLS. */
  readonly tls?: { readonly ca?: Buffer; readonly key?: Buffer; readonly cert?: Buffer };
  /** What the certificates name, if not the address. */
  readonly serverName?: string;
  /** How long a call may take, in milliseconds, connecting included; ten seconds if left out. */
  readonly patienceMs?: number;
}

export type WatchStream = ClientDuplexStream<Buffer, WatchResponse>;

/** A read is asked again this often if the member it went to is just going away. */
const attempts = 3;
const asIs = (bytes: Buffer) => bytes;

export class Connection {
  readonly #client: Client;
  readonly #patienceMs: number;

  constructor({ addresses, tls, serverName, patienceMs = 10_000 }: Endpoints) {
    this.#patienceMs = patienceMs;
    const target =
      addresses.length === 1
        ? (addresses[0] ?? '')
        : `${addresses[0]?.startsWith('[') ? 'ipv6' : 'ipv4'}:${addresses.join(',')}`;
    const channel =
      tls === undefined
        ? credentials.createInsecure()
        : credentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.cert ?? null);
    this.#client = new Client(target, channel, {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      // A member that vanished without a word is noticed after 15 seconds.
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 5_000,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 3_000,
      // Nothing between here and etcd is to be asked for a way.
      'grpc.enable_http_proxy': 0,
      ...(serverName === undefined ? {} : { 'grpc.ssl_target_name_override': serverName }),
    });
  }

  /** Linearizable: sees every write that was answered before the call. */
  range(request: RangeRequest): Promise<RangeResponse> {
    return this.#read('/etcdserverpb.KV/Range', encodeRange(request), decodeRange);
  }

  /** Sent once only: after a failure nobody can say whether it was carried out. */
  txn(writes: readonly Write[]): Promise<TxnResponse> {
    return this.#call('/etcdserverpb.KV/Txn', encodeTxn(writes), decodeTxn);
  }

  compact(revision: number): Promise<number> {
    return this.#call('/etcdserverpb.KV/Compact', encodeCompaction(revision), decodeHeader);
  }

  watch(prefix: string, startRevision: number): WatchStream {
    const stream = this.#client.makeBidiStreamRequest(
      '/etcdserverpb.Watch/Watch',
      asIs,
      decodeWatch,
    );
    stream.write(encodeWatch(prefix, startRevision));
    return stream;
  }

  close(): void {
    this.#client.close();
  }

  async #read<T>(path: string, request: Buffer, decode: (bytes: Buffer) => T): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#call(path, request, decode);
      } catch (error) {
        if (!isUnavailable(error) || attempt === attempts) throw error;
      }
    }
  }

  #call<T>(path: string, request: Buffer, decode: (bytes: Buffer) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      // gRPC counts deadlines on the wall clock.
      const deadline = Date.now() + this.#patienceMs;
      // While there is no connection a call waits for one instead of failing at once.
      const metadata = new Metadata({ waitForReady: true });
      const take = (error: ServiceError | null, answer?: T) => {
        if (error !== null) reject(error);
        else resolve(answer as T);
      };
      this.#client.makeUnaryRequest(path, asIs, decode, request, metadata, { deadline }, take);
    });
  }
}

/** The member is gone, starting, or without a leader; another try may do better. */
export function isUnavailable(error: unknown): boolean {
  return (error as Partial<ServiceError>).code === status.UNAVAILABLE;
}

/** What etcd says, without the code before it; empty if it was not etcd that said it. */
export function detailsOf(error: unknown): string {
  // gRPC would tell of its balancers.
  if ((error as Partial<ServiceError>).code === status.DEADLINE_EXCEEDED)
    return 'no answer in time';
  return (error as Partial<ServiceError>).details ?? '';
}
