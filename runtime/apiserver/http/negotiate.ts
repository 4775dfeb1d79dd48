/** Content negotiation: which of the forms that we have does the client like best? */
import { type ApiError, apiError } from '../../api/status.ts';

export type Encoding = 'json' | 'yaml' | 'protobuf';

export interface Format {
  readonly encoding: Encoding;
  /** How objects are to be shown. */
  readonly as: 'object' | 'Table' | 'PartialObjectMetadata';
  /** Of meta.k8s.io, for the two special forms. */
  readonly version: 'v1' | 'v1beta1';
}

/** What there is to choose from. */
export interface Offer {
  /** Objects of the kind have a binary form, as those of built-in kinds do. */
  readonly binary: boolean;
  /** A watch is to be answered, for which there is no YAML. */
  readonly watch: boolean;
  /** What is asked is answered and not kept, as a review is: there is no table of it. */
  readonly answerOnly: boolean;
  /** A list or watch: there are streams of its media types, too. */
  readonly several: boolean;
}

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const plain: Format = { encoding: 'json', as: 'object', version: 'v1' };
const cache = new Map<string, Format | undefined>();

/** Throws NotAcceptable if there is nothing that the client takes. */
export function negotiate(accept: string | undefined, offer: Offer): Format {
  if (accept === undefined || accept === '') return plain;
  const key = `${offer.binary} ${offer.watch} ${offer.answerOnly} ${accept}`;
  let format = cache.get(key);
  if (format === undefined && !cache.has(key)) {
    format = choose(accept, offer);
    if (cache.size > 1000) cache.clear();
    cache.set(key, format);
  }
  if (format === undefined) throw refusal(accept, offer);
  return format;
}

const types = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const streams = [
  'application/json;stream=watch',
  'application/vnd.kubernetes.protobuf;stream=watch',
];

/** Built-in kinds have a router in front that knows media types alone, and no parameters. */
function refusal(accept: string, { binary, several }: Offer): ApiError {
  const isKnown = parseAccept(accept).some(({ type }) => encodingOf(type) !== undefined);
  if (!binary || isKnown) return notAcceptable();
  const available = several ? [...types, ...streams] : types;
  const why = `406: Not Acceptable\n\nAvailable representations: ${available.join(', ')}`;
  return apiError('NotAcceptable', why, {});
}

export function notAcceptable(): ApiError {
  return apiError(
    'NotAcceptable',
    `only the following media types are accepted: ${types.join(', ')}`,
  );
}

/** How a client wants what has no special forms, an error above all; JSON if it does not say. */
export function plainEncoding(accept: string | undefined): Encoding {
  for (const { type, parameters } of parseAccept(accept ?? '')) {
    const encoding = encodingOf(type);
    if (encoding !== undefined && !parameters.has('as')) return encoding;
  }
  return 'json';
}

/** The ranges of an Accept header, in the order of preference. */
export function parseAccept(accept: string): MediaRange[] {
  return accept
    .split(',')
    .map((part) => {
      const [type = '', ...rest] = part.split(';').map((text) => text.trim());
      const parameters = new Map(
        rest.map((text) => {
          const equals = text.indexOf('=');
          return [text.slice(0, equals).trim(), text.slice(equals + 1).trim()] as const;
        }),
      );
      return { type: type.toLowerCase(), parameters };
    })
    .map((range) => ({ range, quality: Number(range.parameters.get('q') ?? 1) }))
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ range }) => range);
}

function choose(accept: string, offer: Offer): Format | undefined {
  for (const { type, parameters } of parseAccept(accept)) {
    const encoding = encodingOf(type);
    if (encoding === undefined || (offer.watch && encoding === 'yaml')) continue;
    const as = parameters.get('as');
    const binary = encoding === 'protobuf';
    if (as === undefined) {
      if (binary && !offer.binary) continue;
      return { ...plain, encoding };
    }
    if (offer.answerOnly || parameters.get('g') !== 'meta.k8s.io') continue;
    const version = parameters.get('v');
    if (version !== 'v1' && version !== 'v1beta1') continue;
    if (as === 'Table' && !binary) return { encoding, as, version };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') {
      return { encoding, as: 'PartialObjectMetadata', version };
    }
  }
  return undefined;
}

function encodingOf(type: string): Encoding | undefined {
  switch (type) {
    case 'application/json':
    case 'application/*':
    case '*/*':
      return 'json';
    case 'application/yaml':
    case 'application/x-yaml':
      return 'yaml';
    case 'application/vnd.kubernetes.protobuf':
      return 'protobuf';
    default:
      return undefined;
  }
}
