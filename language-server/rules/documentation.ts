/** The pages of docs/rules, one for each rule and one that lists them, from the rules themselves. */
import { coreRules } from './core-rules.ts';
import { type PackRule, packIds, type RuleDocumentation } from './packs/pack-rule.ts';
import { packRules } from './packs/registry.ts';

/** Every rule there is: those that are always on, then those of packs. */
export const allRules: readonly (RuleDocumentation | PackRule)[] = [...coreRules, ...packRules];

/** The packs that a rule is in; none for one that is always on. */
export function packsOf(rule: RuleDocumentation | PackRule): readonly string[] {
  return 'packs' in rule ? [...rule.packs].sort() : [];
}

/** A rule's own page, in Markdown. */
export function pageOf(rule: RuleDocumentation | PackRule): string {
  const packs = packsOf(rule);
  const where =
    packs.length === 0
      ? 'Always on'
      : `In ${packs.length === 1 ? 'the pack' : 'the packs'} ${packs.map((pack) => `\`${pack}\``).join(', ')}`;
  const parts = [
    `# ${rule.id}`,
    `**${rule.title}.** ${where}; severity \`${rule.severity}\`${packs.length === 0 ? ' at most' : ''}.`,
    rule.why,
    ...(rule.bad === undefined ? [] : ['## Not so', fenced(rule.bad)]),
    ...(rule.good === undefined ? [] : ['## But so', fenced(rule.good)]),
    '## How to fix it',
    rule.howToFix,
    '## How to silence it',
    `With \`# skiff-ignore ${rule.id}\` at the end of the line or on the line above, \`# skiff-ignore-file ${rule.id}\` anywhere in the file, the annotation \`skiff.dev/ignore: ${rule.id}\` on the object, or \`"skiff.validation.rules": { "${rule.id}": "off" }\` in the settings.`,
    '## Source',
    rule.sources.map((source) => `- <${source}>`).join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** The list of all rules, in Markdown. */
export function indexPage(): string {
  const row = (rule: RuleDocumentation | PackRule) =>
    `| [${rule.id}](${rule.id}.md) | ${rule.severity} | ${rule.title} |`;
  const table = (rules: readonly (RuleDocumentation | PackRule)[]) =>
    ['| rule | severity | what is wanted |', '| --- | --- | --- |', ...rules.map(row)].join('\n');
  const parts = [
    '# Rules',
    'What Skiff checks in manifests. Made from the rules themselves (`language-server/rules`).',
    'Packs are switched on with the setting `skiff.validation.packs`, or `check --pack NAME` in a shell. `skiff.validation.rules` gives a rule another severity, switches it off, or switches a single rule of a pack on. A comment `# skiff-ignore RULE` silences a line, `# skiff-ignore-file RULE` a file, the annotation `skiff.dev/ignore: RULE` an object; a reason may follow after ` -- `.',
    '## Always on',
    table(coreRules),
    ...packIds.flatMap((pack) => [
      `## ${pack}`,
      table(packRules.filter(({ packs }) => packs.includes(pack))),
    ]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function fenced(text: string): string {
  return `\`\`\`yaml\n${text.trimEnd()}\n\`\`\``;
}
