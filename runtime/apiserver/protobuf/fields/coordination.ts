/** Field numbers of coordination, see ../fields.ts. */
export const coordination: Readonly<Record<string, string>> = {
  Lease: 'metadata 1 meta.ObjectMeta-, spec 2 LeaseSpec-',
  LeaseSpec:
    'holderIdentity 1 string?, leaseDurationSeconds 2 int?, acquireTime 3 microtime?, renewTime 4 microtime?, leaseTransitions 5 int?, strategy 6 string?, preferredHolder 7 string?',
};
