/** Encryption at rest: Secrets are kept as AES-256-GCM, everything else as it is. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Decode } from './cache.ts';

const prefix = '/registry/core/secrets/';
const marker = Buffer.from('skiff:enc:aesgcm:v1:');
const nonceSize = 12;
const tagSize = 16;

export interface Seal {
  readonly seal: Decode;
  readonly unseal: Decode;
}

/** Without a key nothing is encrypted, and what has been can no longer be read. */
export function createSeal(key: Uint8Array | undefined): Seal {
  return {
    seal(name, value) {
      if (key === undefined || !name.startsWith(prefix)) return value;
      const nonce = randomBytes(nonceSize);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      // The name is authenticated too: a secret cannot be put in another's place.
      cipher.setAAD(Buffer.from(name));
      const body = Buffer.concat([cipher.update(value), cipher.final()]);
      return Buffer.concat([marker, nonce, cipher.getAuthTag(), body]);
    },
    unseal(name, value) {
      if (!name.startsWith(prefix)) return value;
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      if (!bytes.subarray(0, marker.length).equals(marker)) return value;
      if (key === undefined) throw new Error(`${name} is encrypted and there is no key`);
      const at = marker.length;
      const nonce = bytes.subarray(at, at + nonceSize);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce);
      decipher.setAAD(Buffer.from(name));
      decipher.setAuthTag(bytes.subarray(at + nonceSize, at + nonceSize + tagSize));
      try {
        const body = decipher.update(bytes.subarray(at + nonceSize + tagSize));
        return Buffer.concat([body, decipher.final()]);
      } catch (cause) {
        const message = `${name} cannot be decrypted: it is damaged, or was encrypted with another key`;
        throw new Error(message, { cause });
      }
    },
  };
}
