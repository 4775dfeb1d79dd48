/** One mistake in the text is told once, on its own line, in words that say what to do. */
import { describe, expect, it } from 'vitest';
import { readManifestFile } from './manifest-file.ts';

/** The text, with a mark on the line of the one mistake; what is said, and the line it is said of. */
function told(marked: string): { said: string[]; lines: number[]; wanted: number } {
  const wanted = marked.split('\n').findIndex((line) => line.endsWith(' # here'));
  const text = marked.replace(' # here', '');
  const { problems } = readManifestFile(text);
  return {
    said: problems.map(({ message }) => message),
    lines: problems.map(({ start }) => text.slice(0, start).split('\n').length - 1),
    wanted,
  };
}

const head = 'apiVersion: v1\nkind: Service\n';
const ports = `${head}spec:\n  ports:\n  - port: 80\n    protocol: TCP\n`;

describe('mistakes in the text', () => {
  it.each([
    [
      'a tab',
      `${head}spec:\n  type: A\n\tselector: # here\n    a: b\n  ports: []\n`,
      'not with tabs',
    ],
    ['a tab before a dash', `${head}spec:\n  ports:\n\t- port: 80 # here\n  type: A\n`, 'tabs'],
    [
      'no colon after a field',
      `${head}spec:\n  selector # here\n    a: b\n  type: A\n`,
      '"selector:"',
    ],
    ...['*/5 * * * *', '* * * * *', '@daily', '%REGISTRY%/web'].map(
      (value): [string, string, string] => [
        `${value} without quotes`,
        `${head}spec:\n  schedule: ${value} # here\n  suspend: true\n`,
        'quotes',
      ],
    ),
    ['no colon before a value', `${head}metadata:\n  name web # here\n  labels: {}\n`, '"name:"'],
    ['a line too far right', `${ports}     targetPort: http # here\n`, 'further in'],
    ['a line too far right, in a list of words', `a:\n- b\n   c: d # here\n`, 'further in'],
    [
      'the first too far right',
      `${head}spec:\n   type: A # here\n  ports: []\n  selector: {}\n`,
      'column',
    ],
    ['a line too far left', `${head}spec:\n type: A # here\n  ports: []\n`, 'further left'],
    [
      'the only field of another',
      `${head}metadata:\nname: web # here\n  labels: {}\n`,
      'further left',
    ],
    [
      'between its fellows',
      `a:\n  b:\n    c: d\n  e: f # here\n    g: h\n    i: j\n`,
      'further left',
    ],
    [
      'a field between two columns',
      `${head}metadata:\n  name: web\n labels: {} # here\nspec:\n`,
      'column',
    ],
    ['a quote', `${head}metadata:\n  name: "web # here\n  labels: {}\nspec: {}\n`, 'never closed'],
    [
      'a quote, with others below',
      `${head}metadata:\n  name: "web # here\n  labels: {a: "b"}\n`,
      'closed',
    ],
    ['a dash', `${ports}    port: 81 # here\n    protocol: TCP\n`, 'a "- " belong'],
  ])('%s', (_, text, words) => {
    const { said, lines, wanted } = told(text);
    expect(said).toEqual([expect.stringContaining(words)]);
    expect(lines).toEqual([wanted]);
  });

  it('are told all, where they have nothing to do with each other', () => {
    const text = `${head}metadata:\n  name web\n  labels:\n    a: b\nspec:\n  type: A\n  selector\n    a: b\n`;
    expect(readManifestFile(text).problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('"name:"'),
      expect.stringContaining('"selector:"'),
    ]);
  });
});
