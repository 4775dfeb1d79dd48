export interface EditorPaths {
  directory: string;
  node: string;
  codeServer: string;
  serverMain: string;
}
interface Options {
  log?: (line: string) => void;
}
export function ensureEditor(options?: Options & { cacheDirectory?: string }): Promise<EditorPaths>;
export function ensureChromium(options?: Options): Promise<string>;
export function findChromium(): string | undefined;
