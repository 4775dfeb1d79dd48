import type { SoundSpecs } from '../recent-texts.ts';

/** One thing that a server warns of. */
export interface Warning {
  /** What the header says. */
  readonly text: string;
  /** The field that it is about, as the server names fields: `spec.nodeSelector[beta.kubernetes.io/os]`. */
  readonly field: string;
  /** It works no more, or will not for ever. */
  readonly deprecated: boolean;
  /** What to write instead of the key or value at `field`, where that is all that must change. */
  readonly instead?: string;
}

/** Collects what is to be said of an object. */
export class Warnings {
  readonly all: Warning[] = [];
  /** Pod specs of which there is nothing to say. */
  readonly sound: SoundSpecs | undefined;

  constructor(sound?: SoundSpecs) {
    this.sound = sound;
  }

  /** `field: message` */
  at(field: string, message: string): void {
    this.say(field, `${field}: ${message}`);
  }

  /** A text that does not begin with the field that it is about. */
  say(field: string, text: string): void {
    this.all.push({ field, text, deprecated: false });
  }

  /** @param instead see `Warning.instead` */
  deprecated(field: string, text: string, instead?: string): void {
    this.all.push({ field, text, deprecated: true, ...(instead === undefined ? {} : { instead }) });
  }
}
