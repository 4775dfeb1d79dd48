/**
 * The header blocks of SPDY/3.1: names and values with 32-bit lengths, through one zlib stream for
 * the whole connection, primed with a dictionary that both sides know. The dictionary is a fact of
 * the protocol: https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/ section 2.6.10.1
 */
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib';

/** In the dictionary each of these follows its own length. */
const words =
  'options head post put delete trace accept accept-charset accept-encoding accept-language ' +
  'accept-ranges age allow authorization cache-control connection content-base content-encoding ' +
  'content-language content-length content-location content-md5 content-range content-type date ' +
  'etag expect expires from host if-match if-modified-since if-none-match if-range ' +
  'if-unmodified-since last-modified location max-forwards pragma proxy-authenticate ' +
  'proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade ' +
  'user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url ' +
  'public set-cookie keep-alive origin';

/** And these stand after them, without lengths. */
const tail =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505' +
  '203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request' +
  '401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented' +
  '503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 ' +
  'Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,' +
  'application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,' +
  'deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.';

export type Headers = ReadonlyMap<string, string>;

function withLength(text: string): Buffer<ArrayBuffer> {
  const length = Buffer.alloc(4);
  const bytes = Buffer.from(text, 'utf8');
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Its Adler-32, which both sides check, is e3c6a7c2. */
export const headerDictionary = Buffer.concat([
  ...words.split(' ').map((word) => withLength(word.replace('_', ' '))),
  Buffer.from(tail),
]);

/** More than this in one block is an attack or a mistake: real ones are a few hundred bytes. */
const maxBlockBytes = 1 << 18;

/** Compresses blocks one after the other. */
export class HeaderWriter {
  readonly #deflate: Deflate = createDeflate({ dictionary: headerDictionary });

  encode(headers: Headers): Promise<Buffer> {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(headers.size);
    const parts = [count];
    for (const [name, value] of headers) {
      parts.push(withLength(name.toLowerCase()), withLength(value));
    }
    return pump(this.#deflate, Buffer.concat(parts));
  }

  close(): void {
    this.#deflate.destroy();
  }
}

/** Decompresses blocks one after the other. */
export class HeaderReader {
  readonly #inflate: Inflate = createInflate({
    dictionary: headerDictionary,
    finishFlush: constants.Z_SYNC_FLUSH,
  });

  /** Rejects on what is no header block. */
  async decode(block: Buffer): Promise<Headers> {
    const bytes = await pump(this.#inflate, block);
    const headers = new Map<string, string>();
    let at = 0;
    const number = () => {
      at += 4;
      return bytes.readUInt32BE(at - 4);
    };
    const text = () => {
      const length = number();
      if (at + length > bytes.length) throw new Error('SPDY header block is cut short');
      at += length;
      return bytes.toString('utf8', at - length, at);
    };
    for (let count = number(); count > 0; count--) {
      const name = text();
      headers.set(name, text());
    }
    return headers;
  }

  close(): void {
    this.#inflate.destroy();
  }
}

/** Sends bytes through a zlib stream and resolves with all that comes out for them. */
function pump(stream: Deflate | Inflate, input: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const output: Buffer[] = [];
    let size = 0;
    const finish = (error?: Error) => {
      stream.off('data', onData);
      stream.off('error', finish);
      if (error === undefined) resolve(Buffer.concat(output));
      else reject(error);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBlockBytes) finish(new Error('SPDY header block is too large'));
      else output.push(chunk);
    };
    stream.on('data', onData);
    stream.on('error', finish);
    stream.write(input);
    stream.flush(constants.Z_SYNC_FLUSH, () => finish());
  });
}
