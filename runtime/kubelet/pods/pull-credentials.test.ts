import { describe, expect, it } from 'vitest';
import { credentialsFor, registryOf } from './pull-credentials.ts';

describe('pull credentials', () => {
  it.each([
    ['nginx', 'docker.io'],
    ['library/nginx:1', 'docker.io'],
    ['ghcr.io/a/b:1', 'ghcr.io'],
    ['localhost/a', 'localhost'],
    ['registry:5000/a', 'registry:5000'],
  ])('%s is of %s', (image, registry) => {
    expect(registryOf(image)).toBe(registry);
  });

  it('are found by registry, in either form', () => {
    const auth = Buffer.from('me:se:cret').toString('base64');
    const auths = {
      'https://index.docker.io/v1/': { auth },
      'ghcr.io': { username: 'u', password: 'p' },
    };
    expect(credentialsFor({ auths }, 'docker.io')).toEqual({ username: 'me', password: 'se:cret' });
    expect(credentialsFor({ auths }, 'ghcr.io')).toEqual({ username: 'u', password: 'p' });
    expect(credentialsFor({ auths }, 'quay.io')).toBeUndefined();
  });
});
