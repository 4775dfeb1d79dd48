import { expect, it } from 'vitest';
import { apiError } from '../../runtime/api/status.ts';
import { connectionProblem } from './connection-problem.ts';

const unreachable = (networkCode: string) =>
  Object.assign(apiError('ServiceUnavailable', 'cannot reach https://a: no'), { networkCode });

it('says what to do about credentials that are not accepted, and asks no more', () => {
  const { reason, mayPass } = connectionProblem(apiError('Unauthorized', 'Unauthorized'), 'prod');
  expect(reason).toMatch(
    /credentials of context "prod" \(Unauthorized\).*log in again.*reconnect$/,
  );
  expect(mayPass).toBe(false);
});

it.each([
  ['ECONNREFUSED', true],
  ['ENOTFOUND', true],
  ['CERT_HAS_EXPIRED', false],
  ['SELF_SIGNED_CERT_IN_CHAIN', false],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', false],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', false],
  ['ERR_TLS_CERT_ALTNAME_INVALID', false],
])('%s: waiting may help: %s', (code, mayPass) => {
  expect(connectionProblem(unreachable(code), 'prod')).toEqual({
    reason: 'cannot reach https://a: no',
    mayPass,
  });
});
