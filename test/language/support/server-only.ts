/** What a server refuses and a checker cannot know of, or does not judge; each with its reason. */
export interface ServerOnly {
  readonly kind?: RegExp;
  /** Of the server's message. */
  readonly message: RegExp;
  readonly reason: string;
}

export const serverOnly: readonly ServerOnly[] = [
  { message: /^namespaces ".*" not found/, reason: 'which namespaces there are' },
  { message: /error looking up service account/, reason: 'which accounts there are' },
  { message: /no PriorityClass with name/, reason: 'which priority classes there are' },
  { message: /RuntimeClass .* not found/, reason: 'which runtime classes there are' },
  { message: /already exists/, reason: 'which names are taken' },
  { message: /provided port is not in the valid range/, reason: 'the range of this cluster' },
  { message: /pod-security\.kubernetes\.io/, reason: 'checked by admission, which may be off' },
  {
    kind: /^CertificateSigningRequest$/,
    message: /spec\.request: Invalid value/,
    reason: 'whether the bytes are a request for a certificate, and its signature holds',
  },
  {
    kind: /Review$/,
    message: /./,
    reason: 'reviews are questions: whether they make sense shows in the answer',
  },
];
