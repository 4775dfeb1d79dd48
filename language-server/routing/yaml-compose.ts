/**
 * Makes trees of what the full parser has read, in pieces: its own composer does a whole document in
 * one go, which takes half a second for one of 2,000 objects.
 *
 *     items:          long, so the document is composed as  `items: []`
 *     - kind: A       then  `- kind: A`  and
 *     - kind: B       `- kind: B`  as lists by themselves, whose items go into that one
 *
 * A collection is taken out if it is longer than a piece, however deep it is in others; each piece
 * begins where the one before it has ended, so nodes and errors are what and where they would be.
 */
import {
  Composer,
  type CST,
  type Document,
  isMap,
  isPair,
  isSeq,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Steps } from '../slices.ts';

type ComposerOptions = NonNullable<ConstructorParameters<typeof Composer>[0]>;
type CollectionToken = CST.BlockMap | CST.BlockSequence | CST.FlowCollection;
type Collection = YAMLMap | YAMLSeq;
type Range = [start: number, valueEnd: number, nodeEnd: number];

export interface ComposeOptions {
  /** Characters in a piece, about; a document that is not longer is composed in one go. */
  readonly pieceLength?: number;
}

/** About a millisecond's work. */
const usualPiece = 4096;
const itemsInPiece = 256;

/** A collection whose items have been taken out of it. */
interface Hollow {
  readonly token: CollectionToken;
  readonly items: readonly CST.CollectionItem[];
  /** Not before it ends. */
  readonly end: number;
  readonly isKey?: boolean;
}

interface Piece {
  readonly items: readonly CST.CollectionItem[];
  /** The value of its last item, or its key. */
  readonly hollow: Hollow | undefined;
}

export class PiecewiseComposer {
  readonly #options: ComposerOptions;
  readonly #composer: Composer;
  readonly #pieceLength: number;
  /** For each document that is on its way, what was taken out of it. */
  readonly #hollows: (Hollow | undefined)[] = [];
  #hasTags = false;

  constructor(options: ComposerOptions, { pieceLength = usualPiece }: ComposeOptions = {}) {
    this.#options = options;
    this.#composer = new Composer(options);
    this.#pieceLength = pieceLength;
  }

  /**
   * As `Composer.next`.
   * @param end of what has been read so far
   */
  *next(token: CST.Token, end: number): Steps<Document[]> {
    if (token.type === 'directive' && token.source.startsWith('%TAG')) this.#hasTags = true;
    if (token.type === 'document') this.#hollows.push(this.#hollowRoot(token, end));
    return yield* this.#filled([...this.#composer.next(token)]);
  }

  /** As `Composer.end`. */
  *end(): Steps<Document[]> {
    return yield* this.#filled([...this.#composer.end()]);
  }

  *#filled(documents: Document[]): Steps<Document[]> {
    for (const document of documents) {
      const hollow = this.#hollows.shift();
      if (hollow !== undefined) yield* this.#fill(document, hollow);
    }
    return documents;
  }

  #hollowRoot({ start, value }: CST.Document, end: number): Hollow | undefined {
    return this.#hasTags ? undefined : this.#hollow(value, start, end);
  }

  /** Takes out the items of a long collection. What has a tag is not ours to take apart. */
  #hollow(
    token: CST.Token | undefined,
    before: readonly CST.SourceToken[] | undefined,
    end: number,
  ): Hollow | undefined {
    if (token === undefined || !isCollectionToken(token)) return undefined;
    if (end - token.offset <= this.#pieceLength) return undefined;
    if (before?.some(({ type }) => type === 'tag') === true) return undefined;
    const { items } = token;
    token.items = [];
    return { token, items, end };
  }

  *#fill(document: Document, hollow: Hollow): Steps<void> {
    const node = document.contents as unknown as Collection;
    yield* new Filling(document, this.#options, (items, token, end) =>
      this.#pieces(items, token, end),
    ).fill(node, hollow);
    const [, , end = 0] = node.range ?? [];
    if (document.range) {
      // After `...` it was given as it is, else counted from there.
      if (document.directives?.docEnd !== true) document.range[2] += end - document.range[1];
      document.range[1] = end;
    }
    document.errors.sort((a, b) => a.pos[0] - b.pos[0]);
  }

  *#pieces(
    items: readonly CST.CollectionItem[],
    token: CollectionToken,
    end: number,
  ): Generator<Piece> {
    let piece: CST.CollectionItem[] = [];
    let begin = token.offset;
    for (const [index, item] of items.entries()) {
      const next = items[index + 1];
      const after = (next && offsetOf(next)) ?? end;
      const hollow = this.#hollowIn(item, token, after);
      piece.push(item);
      const isFull = after - begin > this.#pieceLength || piece.length >= itemsInPiece;
      // Only with what comes after it does it show whether an empty item is a mistake.
      if (hollow === undefined && (!isFull || isEmpty(item))) continue;
      yield { items: piece, hollow };
      piece = [];
      begin = after;
    }
    if (piece.length > 0) yield { items: piece, hollow: undefined };
  }

  #hollowIn(item: CST.CollectionItem, token: CollectionToken, end: number): Hollow | undefined {
    const isFlowList = token.type === 'flow-collection' && token.start.source === '[';
    // A field in a list in brackets is a map that is not written.
    if (isFlowList && (item.sep !== undefined || item.key)) return undefined;
    // Lines within brackets are a mistake, which is told of as long as they are.
    const isFlow = token.type === 'flow-collection';
    if (isFlow && item.value?.type !== 'flow-collection') return undefined;
    // After a mistake a long list may be taken for a key.
    const { key } = item;
    const isKey = token.type === 'block-map' && !item.value && item.sep?.length === 0;
    if (isKey && key && key.type !== 'flow-collection') {
      const hollow = this.#hollow(key, item.start, end);
      return hollow && { ...hollow, isKey: true };
    }
    const isField = item.sep !== undefined;
    return this.#hollow(item.value, isField ? item.sep : item.start, end);
  }
}

type PiecesOf = (
  items: readonly CST.CollectionItem[],
  token: CollectionToken,
  end: number,
) => Generator<Piece>;

/** Puts into one document what was taken out of it. */
class Filling {
  readonly #document: Document;
  readonly #options: ComposerOptions;
  readonly #piecesOf: PiecesOf;

  constructor(document: Document, options: ComposerOptions, piecesOf: PiecesOf) {
    this.#document = document;
    this.#options = { ...options, schema: document.schema };
    this.#piecesOf = piecesOf;
  }

  *fill(node: Collection, { token, items, end: notAfter }: Hollow): Steps<void> {
    const begin = token.offset + (token.type === 'flow-collection' ? 1 : 0);
    let end = begin;
    let commentEnd: number | undefined;
    for (const { items: some, hollow } of this.#piecesOf(items, token, notAfter)) {
      const made = this.#compose(token, some, end, end > begin ? node : undefined);
      const added = made.items;
      const [, valueEnd, nodeEnd] = made.range as Range;
      end = valueEnd;
      if (nodeEnd !== valueEnd) commentEnd = nodeEnd;
      const last: unknown = added.at(-1);
      const inner = isPair(last) ? (hollow?.isKey ? last.key : last.value) : last;
      // A value without its colon is left out as a whole.
      if (hollow !== undefined && (isMap(inner) || isSeq(inner))) {
        yield* this.fill(inner, hollow);
        this.#stretch(hollow, inner);
        [, , end] = inner.range as Range;
      }
      for (const each of added) node.items.push(each as never);
      if (made.comment) node.comment = join(node.comment, made.comment);
      yield;
    }
    if (token.type !== 'flow-collection') node.range = [token.offset, end, commentEnd ?? end];
    else if (!isClosed(token)) this.#moveEnd(node, token, begin, end);
  }

  /** What is said of a whole collection is said of its length. */
  #stretch({ token: { offset } }: Hollow, { range }: Collection): void {
    for (const { pos } of this.#document.errors) {
      if (pos[0] === offset && pos[1] === offset) pos[1] = range?.[1] ?? offset;
    }
  }

  /** Brackets that are never closed end with their last item, and that is said there. */
  #moveEnd(node: Collection, token: CollectionToken, begin: number, end: number): void {
    const [, valueEnd, nodeEnd] = node.range as Range;
    node.range = [token.offset, end, nodeEnd + end - valueEnd];
    for (const error of this.#document.errors) {
      const isOurs = error.message.includes(' end with a ');
      if (isOurs && error.pos[0] === begin) error.pos = [end, end + 1];
    }
  }

  /** Some items of a collection, as a collection that begins at `offset`. */
  #compose(
    token: CollectionToken,
    items: readonly CST.CollectionItem[],
    offset: number,
    before: Collection | undefined,
  ): Collection {
    const composer = new Composer(this.#options);
    const isFlow = token.type === 'flow-collection';
    const own = isFlow
      ? flowOf(token, items, before && offset)
      : ({ ...token, offset, items } as CST.BlockMap | CST.BlockSequence);
    const made = [
      ...composer.next({ type: 'document', offset, start: [], value: own }),
      ...composer.end(),
    ];
    const [document] = made;
    if (document === undefined) throw new Error('a piece of a document makes a document');
    // The last one is that the brackets are not closed.
    if (isFlow) document.errors.pop();
    this.#document.errors.push(...document.errors);
    this.#document.warnings.push(...document.warnings);
    const collection = document.contents as unknown as Collection;
    if (isFlow && before !== undefined) dropFirst(collection, before);
    return collection;
  }
}

function isCollectionToken(token: CST.Token): token is CollectionToken {
  return ['block-map', 'block-seq', 'flow-collection'].includes(token.type);
}

function offsetOf({ start, key, sep, value }: CST.CollectionItem): number | undefined {
  return (start[0] ?? key ?? sep?.[0] ?? value)?.offset;
}

function isEmpty({ start, sep, value }: CST.CollectionItem): boolean {
  const says = (type: CST.SourceToken['type']) =>
    type === 'anchor' || type === 'tag' || type === 'seq-item-ind' || type === 'explicit-key-ind';
  return !sep && !value && !start.some(({ type }) => says(type));
}

function isClosed({ start, end }: CST.FlowCollection): boolean {
  return end[0]?.source === (start.source === '{' ? '}' : ']');
}

/**
 * Some items after an open bracket. Those that follow others begin with a comma, so an item that ends
 * at `after` stands before them.
 */
function flowOf(
  token: CST.FlowCollection,
  items: readonly CST.CollectionItem[],
  after: number | undefined,
): CST.FlowCollection {
  if (after === undefined) return { ...token, items: [...items], end: [] };
  const { indent } = token;
  const isMap = token.start.source === '{';
  const word: CST.FlowScalar = { type: 'scalar', offset: after - 1, indent, source: 'x' };
  const first: CST.CollectionItem = isMap
    ? { start: [], key: word, sep: [] }
    : { start: [], value: word };
  return { ...token, items: [first, ...items], end: [] };
}

/** Leaves out the item that stood for those before; a comment at it belongs to the last of them. */
function dropFirst(collection: Collection, before: Collection): void {
  const first: unknown = collection.items.shift();
  const word = (isPair(first) ? first.key : first) as { comment?: string | null };
  const last: unknown = before.items.at(-1);
  const told = (isPair(last) ? (last.value ?? last.key) : last) as
    | { comment?: string | null }
    | undefined;
  if (word.comment && told) told.comment = join(told.comment, word.comment);
}

function join(comment: string | null | undefined, more: string): string {
  return comment ? `${comment}\n${more}` : more;
}
