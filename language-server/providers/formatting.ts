import type { FormattingOptions, TextEdit } from 'vscode-languageserver';
import { isJson, type OpenFile } from './open-file.ts';

/**
 * Lays the file out anew, comments kept. The formatter is that of yaml-language-server; it is large
 * and loaded when it is first asked for. Templates and broken files stay as they are.
 */
export async function formattingOf(
  { document, manifest }: OpenFile,
  options: FormattingOptions,
): Promise<TextEdit[]> {
  const broken = manifest.problems.some(({ severity }) => severity === 'error');
  if (manifest.template || broken || isJson(document)) return [];
  const { YAMLFormatter } = await import(
    'yaml-language-server/lib/esm/languageservice/services/yamlFormatter.js'
  );
  const formatter = new YAMLFormatter();
  return formatter.format(document, {
    tabSize: options.tabSize,
    insertSpaces: true,
    proseWrap: 'preserve',
    printWidth: 100,
  });
}
