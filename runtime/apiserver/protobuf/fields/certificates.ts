/** Field numbers of certificates, see ../fields.ts. */
export const certificates: Readonly<Record<string, string>> = {
  CertificateSigningRequest:
    'metadata 1 meta.ObjectMeta-, spec 2 CertificateSigningRequestSpec, status 3 CertificateSigningRequestStatus-',
  CertificateSigningRequestCondition:
    'type 1 string, reason 2 string-, message 3 string-, lastUpdateTime 4 time-, lastTransitionTime 5 time-, status 6 string',
  CertificateSigningRequestSpec:
    'request 1 bytes, username 2 string-, uid 3 string-, groups 4 string[]-, usages 5 string[]-, extra 6 {items}-, signerName 7 string, expirationSeconds 8 int?',
  CertificateSigningRequestStatus:
    'conditions 1 CertificateSigningRequestCondition[]-, certificate 2 bytes-',
};
