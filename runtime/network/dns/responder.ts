/** From the bytes of a query to the bytes of its response. */
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  decode,
  encode,
  type Packet,
  type Question,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import { compress } from './compress.ts';
import { type Resolution, resolve, startOfAuthority, type Zone } from './zone.ts';

/** RFC 1035, 4.1.1. */
const code = { noError: 0, formatError: 1, serverFailure: 2, nameError: 3, notImplemented: 4 };

/** In the flags; all zero in an ordinary query. */
const opcodeBits = 0x7800;

/** Without EDNS (RFC 1035), and at most with it: more would not help on one machine. */
const smallest = 512;
const largest = 4096;

/** An alias of an alias of an alias … is a mistake. */
const longestChain = 8;

export type Transport = 'udp' | 'tcp';

export interface ResponderOptions {
  readonly zone: Zone;
  /** See upstream.ts; undefined if nobody answers. */
  readonly forward: (query: Buffer, transport: Transport) => Promise<Buffer | undefined>;
}

export interface Responder {
  /** Undefined for what deserves no answer. */
  respond(query: Buffer, transport: Transport): Promise<Buffer | undefined>;
}

/** A responder to one query after the other; it never rejects. */
export function createResponder({ zone, forward }: ResponderOptions): Responder {
  let turn = 0;

  /** The answers of another name, for an alias; empty if there are none. */
  async function follow(question: Question, transport: Transport, depth = 0): Promise<Answer[]> {
    if (depth >= longestChain) return [];
    const found = resolve(zone, question);
    switch (found.type) {
      case 'records':
        return found.answers;
      case 'alias':
        return [
          found.answer,
          ...(await follow({ ...question, name: found.target }, transport, depth + 1)),
        ];
      case 'elsewhere': {
        const query = encode({ type: 'query', flags: RECURSION_DESIRED, questions: [question] });
        const response = await forward(query, transport);
        return response === undefined
          ? []
          : ([...(tryDecode(response)?.answers ?? [])] as Answer[]);
      }
      default:
        return [];
    }
  }

  async function answer(
    query: DecodedPacket,
    question: Question,
    found: Exclude<Resolution, { type: 'elsewhere' }>,
    transport: Transport,
  ): Promise<Packet> {
    const flags = AUTHORITATIVE_ANSWER;
    switch (found.type) {
      case 'records': {
        turn++;
        const { additionals } = found;
        return reply(query, flags, { answers: rotated(found.answers, turn), additionals });
      }
      case 'alias': {
        // Clients do not follow aliases by themselves; only who asks for the alias wants it alone.
        const target = { ...question, name: found.target };
        const rest = question.type === 'CNAME' ? [] : await follow(target, transport, 1);
        return reply(query, flags, { answers: [found.answer, ...rest] });
      }
      case 'no-data':
      case 'no-name': {
        const result = found.type === 'no-name' ? code.nameError : code.noError;
        return reply(query, flags | result, { authorities: [startOfAuthority(zone.domain)] });
      }
    }
  }

  return {
    async respond(bytes, transport) {
      const query = tryDecode(bytes);
      if (query === undefined) return bytes.length < 12 ? undefined : refusal(bytes);
      if (query.type !== 'query') return undefined;
      const limit = transport === 'tcp' ? 0xffff : limitOf(query);
      const [question] = query.questions ?? [];
      if (((query.flags ?? 0) & opcodeBits) !== 0)
        return fitTo(reply(query, code.notImplemented), limit);
      if (question === undefined) return fitTo(reply(query, code.formatError), limit);
      const found = resolve(zone, question);
      if (found.type !== 'elsewhere') {
        return fitTo(await answer(query, question, found, transport), limit);
      }
      const response = await forward(bytes, transport);
      return response ?? fitTo(reply(query, code.serverFailure), limit);
    },
  };
}

function tryDecode(bytes: Buffer): DecodedPacket | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

/** FORMERR with nothing but the id, for a query that cannot be read. */
function refusal(bytes: Buffer): Buffer {
  return encode({ type: 'response', id: bytes.readUInt16BE(0), flags: code.formatError });
}

function reply(
  query: DecodedPacket,
  flags: number,
  records: Pick<Packet, 'answers' | 'authorities' | 'additionals'> = {},
): Packet {
  const asked = (query.flags ?? 0) & RECURSION_DESIRED;
  const extended = optOf(query) !== undefined;
  const opt: Answer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: largest,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
  return {
    type: 'response',
    id: query.id ?? 0,
    flags: flags | asked | RECURSION_AVAILABLE,
    questions: query.questions ?? [],
    answers: records.answers ?? [],
    authorities: records.authorities ?? [],
    additionals: [...(extended ? [opt] : []), ...(records.additionals ?? [])],
  };
}

function optOf(query: DecodedPacket) {
  return query.additionals?.find((record) => record.type === 'OPT');
}

function limitOf(query: DecodedPacket): number {
  const opt = optOf(query);
  const size = opt?.type === 'OPT' ? opt.udpPayloadSize : smallest;
  return Math.min(largest, Math.max(smallest, size));
}

/**
 * Encodes, leaving out what does not fit: first what was not asked for, then answers, with the sign
 * that there are more (clients then ask over TCP; those that cannot have at least some).
 */
function fitTo(packet: Packet, limit: number): Buffer {
  let bytes = compress(encode(packet));
  if (bytes.length <= limit) return bytes;
  const opt = (packet.additionals ?? []).filter((record) => record.type === 'OPT');
  bytes = compress(encode({ ...packet, additionals: opt }));
  if (bytes.length <= limit) return bytes;
  let answers = packet.answers ?? [];
  const flags = (packet.flags ?? 0) | TRUNCATED_RESPONSE;
  while (bytes.length > limit && answers.length > 0) {
    const keep = Math.floor((answers.length * limit) / bytes.length);
    answers = answers.slice(0, Math.min(keep, answers.length - 1));
    bytes = compress(encode({ ...packet, flags, answers, additionals: opt }));
  }
  return bytes;
}

/** Clients take the first address, so every answer begins with another one. */
function rotated(answers: Answer[], by: number): Answer[] {
  const start = by % Math.max(1, answers.length);
  return [...answers.slice(start), ...answers.slice(0, start)];
}
