/**
 * What both versions of OpenAPI have in common in their binary form: JSON as messages, member by member.
 * The messages are those of google/gnostic.
 */
import { BackwardWriter } from '../../protobuf/writer.ts';

/** A member of a JSON object and the field of the message that it becomes. */
export interface Field {
  readonly member: string;
  readonly number: number;
  write(writer: BackwardWriter, number: number, value: unknown): void;
}

export interface Message {
  /** In falling order of their numbers, as they are written. */
  readonly fields: readonly Field[];
  /** The number of the field that holds members whose names begin with `x-`. */
  readonly extensions?: number;
}

export const text: Field['write'] = (writer, number, value) => {
  const before = writer.length;
  writer.text(String(value));
  writer.head(number, writer.length - before);
};
export const flag: Field['write'] = (writer, number, value) => {
  if (value !== true) return;
  writer.varint(1);
  writer.tag(number, 0);
};
export const integer: Field['write'] = (writer, number, value) => {
  writer.varint(Number(value));
  writer.tag(number, 0);
};
export const double: Field['write'] = (writer, number, value) => {
  writer.double(Number(value));
  writer.tag(number, 1);
};

/** Any value is kept as YAML; JSON is YAML too. */
export const any: Field['write'] = (writer, number, value) => {
  nested(writer, number, () => text(writer, 2, `${JSON.stringify(value)}\n`));
};

export const repeated =
  (write: Field['write']): Field['write'] =>
  (writer, number, value) => {
    const items = Array.isArray(value) ? value : [value];
    for (const item of items.toReversed()) write(writer, number, item);
  };

/** A map, as a message whose field `number` holds pairs of name (1) and value (2). */
export const named =
  (write: Field['write']): Field['write'] =>
  (writer, number, value) => {
    for (const [name, member] of Object.entries(value as object).toReversed()) {
      nested(writer, number, () => {
        write(writer, 2, member);
        text(writer, 1, name);
      });
    }
  };

/** A message with the one field `inner`. */
export const wrapped =
  (inner: number, write: Field['write']): Field['write'] =>
  (writer, number, value) =>
    nested(writer, number, () => write(writer, inner, value));

/** What is either a message or a flag, as `additionalProperties` is. */
export const orFlag =
  (write: Field['write']): Field['write'] =>
  (writer, number, value) =>
    nested(writer, number, () => {
      if (typeof value !== 'boolean') return write(writer, 1, value);
      writer.varint(value ? 1 : 0);
      writer.tag(2, 0);
    });

/** The definition is looked up when it is needed, because schemas contain schemas. */
export const message =
  (definition: () => Message): Field['write'] =>
  (writer, number, value) =>
    nested(writer, number, () => writeMessage(writer, definition(), value as object));

export function nested(writer: BackwardWriter, number: number, write: () => void): void {
  const before = writer.length;
  write();
  writer.head(number, writer.length - before);
}

function writeMessage(writer: BackwardWriter, { fields, extensions }: Message, value: object) {
  const members = value as Record<string, unknown>;
  if (extensions !== undefined) {
    const extended = Object.entries(members).filter(([name]) => name.startsWith('x-'));
    if (extended.length > 0) named(any)(writer, extensions, Object.fromEntries(extended));
  }
  for (const { member, number, write } of fields) {
    if (members[member] !== undefined) write(writer, number, members[member]);
  }
}

export type Row = readonly [member: string, number: number, write: Field['write']];

/** Its fields in the order in which they are written. */
export function messageOf(rows: readonly Row[], extensions?: number): Message {
  const fields = rows.map(([member, number, write]) => ({ member, number, write }));
  fields.sort((a, b) => b.number - a.number);
  return extensions === undefined ? { fields } : { fields, extensions };
}

/** One entry of the map that is the field `number`. */
export function entryBytes(
  number: number,
  write: Field['write'],
  name: string,
  value: object,
): Buffer {
  const writer = new BackwardWriter();
  named(write)(writer, number, { [name]: value });
  return writer.take();
}

/** The head of a field that holds `entries`. */
export function headOf(number: number, entries: readonly Buffer[]): Buffer {
  const writer = new BackwardWriter();
  writer.head(
    number,
    entries.reduce((sum, { length }) => sum + length, 0),
  );
  return writer.take();
}
