import { describe, expect, it } from 'vitest';
import { parseEtcdAddress, resolveEtcdAddress } from './address.ts';

describe('the address of an etcd', () => {
  it('is one URL or several, with certificates behind the question mark', async () => {
    expect(parseEtcdAddress('http://127.0.0.1:2379')).toEqual({
      hosts: [{ host: '127.0.0.1', port: 2379 }],
      secure: false,
      files: {},
    });
    const several = parseEtcdAddress('https://[::1]:1,https://b?ca=/ca.crt&cert=/c.crt&key=/c.key');
    expect(several).toEqual({
      hosts: [
        { host: '::1', port: 1 },
        { host: 'b', port: 2379 },
      ],
      secure: true,
      files: { ca: '/ca.crt', cert: '/c.crt', key: '/c.key' },
    });
    expect(await resolveEtcdAddress(parseEtcdAddress('http://[::1]:1,http://127.0.0.1'))).toEqual({
      addresses: ['[::1]:1', '127.0.0.1:2379'],
    });
  });

  it.each([
    ['127.0.0.1:2379', /no address of an etcd/],
    ['ftp://a', /no address of an etcd/],
    ['http://a/prefix', /no address of an etcd/],
    ['http://a,https://b', /all members/],
    ['http://a?ca=/x', /need https/],
    ['https://a?cert=/x', /both cert=FILE and key=FILE/],
    ['https://a?what=/x', /expected ca=FILE/],
  ])('is refused as %s', (text, problem) => {
    expect(() => parseEtcdAddress(text)).toThrow(problem);
  });
});
