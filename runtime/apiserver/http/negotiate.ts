/** Content negotiation: which of the forms that we have does the client like best? */
import { type ApiError, apiError } from '../../api/status.ts';

export type Encoding = 'json' | 'yaml' | 'protobuf';

export interface Format {
  readonly encoding: Encoding;
  /** How objects are to be shown. */
  readonly as: 'object' | 'Table' | 'PartialObjectMetadata';
  /** Of meta.k8s.io, for the two special forms. */
  readonly version: 'v1' | 'v1beta1';
  /** The metadata of a list's items was asked for, not that of one object. */
  readonly ofList?: boolean;
}

/** What there is to choose from. */
export interface Offer {
  /** Objects of the kind have a binary form, as those of built-in kinds do. */
  readonly binary: boolean;
  /** A watch is to be answered. */
  readonly watch: boolean;
  /** What is asked is answered and not kept, as a review is: there is no table of it. */
  readonly answerOnly: boolean;
  /** A list or watch: there are streams of its media types, too. */
  readonly several: boolean;
  /** What is answered, as the original's messages call it: `core.PodList`. */
  readonly typeName: string;
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
  if (format.as === 'PartialObjectMetadata' && !offer.watch) checkShape(format, offer);
  return format;
}

/**
 * Throws NotAcceptable for what cannot be streamed: what is liked best decides, though something else that
 * is accepted could be.
 */
export function checkStream({ encoding }: Format): void {
  if (encoding === 'yaml') throw notAcceptable(streams);
}

/** Throws NotAcceptable if the metadata of a list is wanted of one object, or the other way about. */
function checkShape({ ofList }: Format, { several, typeName }: Offer): void {
  if (ofList === several) return;
  const wanted = `PartialObjectMetadata${several ? '' : 'List'}`;
  const got = `is ${several ? 'a' : 'not a'} list (*${typeName})`;
  throw apiError('NotAcceptable', `you requested ${wanted}, but the requested object ${got}`);
}

const types = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const streams = [
  'application/json;stream=watch',
  'application/vnd.kubernetes.protobuf;stream=watch',
];

/** Built-in kinds have a router in front that knows media types alone, and no parameters. */
function refusal(accept: string, { binary, several }: Offer): ApiError {
  const isKnown = parseAccept(accept).some(({ type }) => types.includes(type) || type === '*/*');
  if (!binary || isKnown) return notAcceptable();
  const available = several ? [...types, ...streams] : types;
  const why = `406: Not Acceptable\n\nAvailable representations: ${available.join(', ')}`;
  return apiError('NotAcceptable', why, {});
}

/** `accepted`: all that could have been asked for. */
export function notAcceptable(accepted: readonly string[] = types): ApiError {
  return apiError(
    'NotAcceptable',
    `only the following media types are accepted: ${accepted.join(', ')}`,
  );
}

/**
 * How a client wants what has no special forms, an error above all; JSON if it does not say. Undefined
 * if it takes none of ours.
 */
export function plainEncoding(accept: string | undefined): Encoding | undefined {
  if (accept === undefined || accept === '') return 'json';
  for (const { type, parameters } of parseAccept(accept)) {
    const encoding = encodingOf(type);
    if (encoding !== undefined && !parameters.has('as') && isStream(parameters)) return encoding;
  }
  return undefined;
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
    if (encoding === undefined || !isStream(parameters)) continue;
    if (type === 'application/*' && offer.binary) continue;
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
      const ofList = as !== 'PartialObjectMetadata';
      return { encoding, as: 'PartialObjectMetadata', version, ofList };
    }
  }
  return undefined;
}

/** `stream`, where it is given, names the one kind of stream that there is. */
function isStream(parameters: ReadonlyMap<string, string>): boolean {
  return (parameters.get('stream') ?? 'watch') === 'watch';
}

function encodingOf(type: string): Encoding | undefined {
  switch (type) {
    case 'application/json':
    case 'application/*':
    case '*/*':
      return 'json';
    case 'application/yaml':
      return 'yaml';
    case 'application/vnd.kubernetes.protobuf':
      return 'protobuf';
    default:
      return undefined;
  }
}
