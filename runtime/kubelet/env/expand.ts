/**
 * `$(NAME)` in commands, arguments and variables. `$$` stands for one dollar sign, and a name that is
 * not known stays as it is written. Pure.
 * https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */

/** The text with references replaced; `lookup` answers undefined for names it does not know. */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  let result = '';
  let at = 0;
  for (;;) {
    const dollar = text.indexOf('$', at);
    if (dollar < 0 || dollar + 1 >= text.length) return result + text.slice(at);
    result += text.slice(at, dollar);
    const next = text[dollar + 1];
    if (next === '$') {
      result += '$';
      at = dollar + 2;
    } else if (next === '(') {
      const close = text.indexOf(')', dollar + 2);
      if (close < 0) {
        result += '$(';
        at = dollar + 2;
      } else {
        const name = text.slice(dollar + 2, close);
        result += lookup(name) ?? `$(${name})`;
        at = close + 1;
      }
    } else {
      result += `$${next}`;
      at = dollar + 2;
    }
  }
}
