/**
 * Names of images that no engine can read: their containers stay in InvalidImageName.
 * https://github.com/distribution/reference
 */

const domain =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::\d+)?$/;
const component = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const tagForm = /^\w[\w.-]{0,127}$/;
const digestForm = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/** What some tool will put an image in place of: `ko://…`, `$(IMAGE)`, `IMAGE_NAME`, `<image>`. */
function isStandIn(image: string): boolean {
  return (
    /[$<>%#{}]/.test(image) ||
    image.startsWith('ko://') ||
    image.split(/[/:@]/).some((part) => /^[A-Z][A-Z0-9_-]+$/.test(part)) ||
    /^[^a-z0-9]+$/i.test(image)
  );
}

/** What is wrong with the name, or undefined. */
export function imageProblem(image: unknown): string | undefined {
  if (typeof image !== 'string' || image === '' || image !== image.trim()) return undefined;
  if (isStandIn(image)) return undefined;
  const why = reasonOf(image);
  return why === undefined
    ? undefined
    : `"${image}" is not the name of an image (${why}); its container cannot start`;
}

function reasonOf(image: string): string | undefined {
  if (/\s/.test(image)) return 'it has a space';
  if (/^\w+:\/\//.test(image)) return 'images are named without a scheme';
  const [name = '', digest, ...more] = image.split('@');
  if (digest !== undefined && (more.length > 0 || !digestForm.test(digest))) {
    return 'the digest after @ is not one, such as sha256:… with 64 digits';
  }
  const parts = name.split('/');
  const last = parts.pop() ?? '';
  const [path = '', tag, ...tags] = last.split(':');
  if (tags.length > 0) return 'it has more than one tag';
  if (tag === '') return 'the tag after : is missing';
  if (tag !== undefined && !tagForm.test(tag)) return `"${tag}" is not a tag`;
  const [first] = parts;
  const hasDomain = first !== undefined && isDomain(first);
  if (hasDomain && !domain.test(first)) return `"${first}" is not a registry`;
  const components = [...(hasDomain ? parts.slice(1) : parts), path];
  const wrong = components.find((each) => !component.test(each));
  if (wrong === undefined) return undefined;
  if (/[A-Z]/.test(wrong)) return 'it has capitals';
  return wrong === '' ? 'a part of it is missing' : `"${wrong}" is not allowed in it`;
}

/** As Docker tells a registry from a folder. */
function isDomain(first: string): boolean {
  return /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
}
