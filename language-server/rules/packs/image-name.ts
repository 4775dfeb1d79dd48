/** `registry:5000/team/web:1.4@sha256:…` in parts. */
export interface ImageName {
  /** With the registry. */
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

export function imageNameOf(image: unknown): ImageName | undefined {
  if (typeof image !== 'string' || image === '') return undefined;
  const [name = '', digest] = image.split('@');
  const last = name.slice(name.lastIndexOf('/') + 1);
  const colon = last.indexOf(':');
  const whole = colon < 0 ? name : name.slice(0, name.length - (last.length - colon));
  return { name: whole, tag: colon < 0 ? undefined : last.slice(colon + 1), digest };
}

/** Whether the name may mean another image tomorrow, as `latest` and no tag at all do. */
export function isMoving({ tag, digest }: ImageName): boolean {
  return digest === undefined && (tag === undefined || tag === 'latest');
}
