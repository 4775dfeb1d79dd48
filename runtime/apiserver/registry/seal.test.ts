import { expect, it } from 'vitest';
import { createSeal } from './seal.ts';

const key = new Uint8Array(32).fill(7);
const name = '/registry/core/secrets/default/s';

it('encrypts secrets and nothing else', () => {
  const { seal, unseal } = createSeal(key);
  const value = Buffer.from('password');
  const sealed = Buffer.from(seal(name, value));
  expect(sealed.includes('password')).toBe(false);
  expect(Buffer.from(unseal(name, sealed)).toString()).toBe('password');
  expect(seal('/registry/core/configmaps/default/s', value)).toBe(value);
});

it('notices a secret in the place of another', () => {
  const { seal, unseal } = createSeal(key);
  const sealed = seal(name, Buffer.from('password'));
  expect(() => unseal('/registry/core/secrets/default/t', sealed)).toThrow(
    /secrets\/default\/t cannot be decrypted/,
  );
  expect(() => createSeal(undefined).unseal(name, sealed)).toThrow(/there is no key/);
});
