/**
 * What a YAML text would cost, looked at before it is parsed: the parser holds the event loop from the
 * first character to the last, needs some five microseconds a token, looks through the whole document
 * for every alias, and walks nested collections recursively. JSON has none of these troubles, and
 * programs send JSON, also where the media type says YAML.
 */
import { Lexer } from 'yaml';
import { apiError } from '../../api/status.ts';
import { deepest } from './depth.ts';

/** A block of text costs little a character, but it does cost. */
const longest = 1024 * 1024;
/** About 20,000 lines. */
const mostTokens = 100_000;
/** Aliases times tokens. */
const mostLookUps = 10_000_000;
/** Block collections that begin on one line: `- - - a`. */
const deepestOnLine = 100;

/** `beside`: nobody waits for the thread that reads it. Throws RequestEntityTooLarge, BadRequest. */
export function checkYaml(text: string, where: 'here' | 'beside' = 'here'): void {
  if (where === 'here' && text.length > longest) throw tooLarge('is too long');
  let tokens = 0;
  let aliases = 0;
  let flow = 0;
  let onLine = 0;
  for (const token of new Lexer().lex(text)) {
    if (++tokens > mostTokens && where === 'here') throw tooLarge('is too long');
    switch (token.charCodeAt(0)) {
      case 0x2a: // *
        aliases++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++flow > deepest) throw tooDeep();
        break;
      case 0x5d: // ]
      case 0x7d: // }
        flow--;
        break;
      case 0x2d: // -
      case 0x3f: // ?
        if (token.length === 1 && ++onLine > deepestOnLine) throw tooDeep();
        break;
      case 0x0a:
      case 0x0d:
        onLine = 0;
        break;
    }
  }
  if (aliases * tokens > mostLookUps) throw tooLarge('has too many aliases');
}

function tooLarge(how: string) {
  return apiError(
    'RequestEntityTooLarge',
    `Request entity too large: the YAML ${how} to be read in good time; send it as JSON`,
  );
}

function tooDeep() {
  return apiError('BadRequest', 'error converting YAML to JSON: yaml: exceeded max depth');
}
