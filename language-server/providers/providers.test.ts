import { describe, expect, it } from 'vitest';
import { atCursor, checkerOf, deployment, open } from '../language-server.case.ts';
import { Cluster } from '../references/cluster.ts';
import { defaultSettings } from '../settings.ts';
import { finish } from '../slices.ts';
import { codeActionsAt } from './code-actions.ts';
import { codeLensesOf } from './code-lens.ts';
import { diagnosticsOf } from './diagnostics.ts';
import { formattingOf } from './formatting.ts';
import { hoverAt } from './hover.ts';
import { definitionAt, referencesAt } from './navigation.ts';
import { renameAt, renameRangeAt } from './rename.ts';
import { signatureAt } from './signature.ts';
import { symbolsOf, workspaceSymbolsInSteps } from './symbols.ts';

const service = `apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]
`;
const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {port: "80"}\n';
const user = deployment.replace(
  'image: web:1',
  'image: web:1\n          env:\n            - name: A\n              valueFrom: {configMapKeyRef: {name: settings, key: port}}',
);

function hover(marked: string): string {
  const { file, position } = atCursor(marked);
  const contents = hoverAt(file, position, checkerOf())?.contents;
  return typeof contents === 'object' && 'value' in contents ? contents.value : '';
}

describe('hover', () => {
  it('says what a field is', () => {
    const text = hover(deployment.replace('selector', 'sel|ector'));
    expect(text).toMatch(/^\*\*selector\*\* `LabelSelector` · required\n\nLabel selector for pods/);
  });

  it('says what the field of a value may be', () => {
    const pod = 'apiVersion: v1\nkind: Pod\nspec:\n  restartPolicy: Alw|ays\n';
    expect(hover(pod)).toMatch(/One of `Always`, `Never`, `OnFailure`/);
  });

  it('says what a kind is, and goes by the object under the cursor', () => {
    expect(hover(`${service}---\n${deployment.replace('kind: Dep', 'kind: Dep|')}`)).toMatch(
      /^\*\*apps\/v1 Deployment\*\*\n\nSince Kubernetes 1.9\n\nDeployment enables declarative updates/,
    );
  });

  it('says what the server fills in where the schema does not', () => {
    const text = deployment.replace('spec:\n  selector', 'spec:\n  replic|as: 3\n  selector');
    expect(hover(text)).toMatch(/^\*\*replicas\*\* `integer`[\s\S]*\n\nDefault: `1`$/);
    const pull = deployment.replace(
      'image: web:1',
      'image: web:1\n          imagePull|Policy: Never',
    );
    expect(hover(pull)).toContain('Default: `"IfNotPresent"`');
    expect(hover(deployment.replace('name: web\nspec', 'na|me: web\nspec'))).not.toContain(
      'Default',
    );
  });

  it('is silent on labels’ keys with nothing to say, unknown kinds and empty space', () => {
    expect(hover('apiVersion: a/v1\nkind: B\nspec: {x|: 1}\n')).toBe('');
    expect(hover('|')).toBe('');
    expect(hover(`${deployment}\n\n|`)).toBe('');
  });
});

describe('signature help', () => {
  const help = (marked: string) => {
    const { file, position } = atCursor(marked);
    const [first] = signatureAt(file, position, checkerOf().catalog)?.signatures ?? [];
    const text = first?.documentation;
    return first && [first.label, typeof text === 'object' ? text.value : text];
  };
  const limits = (line: string) =>
    deployment.replace(
      'image: web:1',
      `image: web:1\n          resources:\n            limits:\n              ${line}`,
    );

  it('says what a quantity amounts to while it is typed', () => {
    expect(help(limits('cpu: 500m|'))).toEqual([
      'cpu: quantity',
      expect.stringMatching(/^`500m` = half a core\n\n`1` = one core, /),
    ]);
    expect(help(limits('memory: |'))).toEqual([
      'memory: quantity',
      expect.stringMatching(/^`128Mi` = 128 × 1024² bytes/),
    ]);
  });

  it('knows seconds and times', () => {
    const seconds = deployment.replace(
      '      containers:',
      '      terminationGracePeriodSeconds: 90|\n      containers:',
    );
    expect(help(seconds)?.[1]).toMatch(/1 minute 30 seconds/);
    const cron =
      'apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec:\n  schedule: "0 3 * * *|"\n';
    expect(help(cron)?.[0]).toBe('schedule: times');
  });

  it('is silent elsewhere', () => {
    expect(help(deployment.replace('image: web:1', 'image: web:1|'))).toBeUndefined();
    expect(help('a: 1|')).toBeUndefined();
  });
});

describe('diagnostics and quick fixes', () => {
  it('turn into protocol ranges and edits', () => {
    const file = open(deployment.replace('selector:', 'selectr:'));
    const checker = checkerOf();
    const context = checker.contextFor(file.document.uri, defaultSettings);
    if (context === undefined) throw new Error('not checked');
    const [diagnostic] = diagnosticsOf(file, context);
    expect(diagnostic).toMatchObject({
      source: 'skiff',
      code: 'unknown-field',
      severity: 1,
      range: { start: { line: 5, character: 2 }, end: { line: 5, character: 9 } },
    });
    const range = { start: { line: 5, character: 4 }, end: { line: 5, character: 4 } };
    const [action, silence] = codeActionsAt(file, range, context);
    expect(action?.title).toBe('Change to "selector"');
    expect(silence?.edit?.changes?.[file.document.uri]?.[0]).toMatchObject({
      newText: ' # skiff-ignore unknown-field',
      range: { start: { line: 5, character: 10 } },
    });
    expect(action?.edit?.changes?.[file.document.uri]).toEqual([
      { range: diagnostic?.range, newText: 'selector' },
    ]);
    const top = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
    expect(codeActionsAt(file, top, context)).toEqual([]);
  });
});

describe('code lens', () => {
  it('deploys the file from its first line', () => {
    expect(codeLensesOf(open(`# comment\n${service}`))).toMatchObject([
      {
        range: { start: { line: 0 } },
        command: { command: 'skiff.deploy', arguments: ['file:///w/test.yaml'] },
      },
      { command: { command: 'skiff.diff' } },
      { command: { command: 'skiff.dryRun' } },
    ]);
  });

  it('leads to the logs, however much there is to say of the state', () => {
    const cluster = new Cluster();
    const status = `Pending: ${'no node will have it, '.repeat(9)}`;
    const objects = [{ name: 'web', namespace: 'default', status }];
    cluster.apply({ context: 'c', objects: [{ group: 'apps', kind: 'Deployment', objects }] });
    const titles = codeLensesOf(open(deployment), cluster).map(({ command }) => command?.title);
    expect(titles.slice(3)).toEqual([expect.stringMatching(/^\S+ Pending: no .{20,}…$/), 'Logs']);
    expect(titles[3]?.length).toBeLessThan(60);
  });

  it('is not on other files', () => {
    expect(codeLensesOf(open('version: 2\n'))).toEqual([]);
    expect(codeLensesOf(open(deployment.replace('web:1', '{{ .Values.image }}')))).toEqual([]);
  });
});

describe('formatting', () => {
  const options = { tabSize: 2, insertSpaces: true };

  it('lays a file out and keeps its comments', async () => {
    const [edit] = await formattingOf(open('# top\nkind:   A\nlist:\n    - a # one\n'), options);
    expect(edit?.newText).toBe('# top\nkind: A\nlist:\n  - a # one\n');
  });

  it('leaves broken files and templates alone', async () => {
    expect(await formattingOf(open('kind: [\n'), options)).toEqual([]);
    expect(await formattingOf(open('kind:   {{ .Values.kind }}\n'), options)).toEqual([]);
  });
});

describe('symbols', () => {
  it('lists the objects of a file with no more fields than anybody looks through', () => {
    const data = Array.from({ length: 6000 }, (_, at) => `  k${at}: v\n`).join('');
    const many = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n${data}---\n${deployment}`;
    const symbols = symbolsOf(open(many));
    expect(symbols.map(({ name }) => name)).toEqual(['ConfigMap a', 'Deployment web']);
    expect(symbols[0]?.children?.at(-1)?.children?.length).toBeLessThan(5000);
    expect(symbols[1]?.children).toEqual([]);
  });

  it('are found across the workspace by some of their letters', () => {
    const { workspace } = checkerOf({ '/w/a.yaml': service, '/w/b.yaml': deployment });
    const names = (query: string) =>
      finish(workspaceSymbolsInSteps(query, workspace)).map(({ name }) => name);
    expect(names('')).toEqual(['Service web', 'Deployment web']);
    expect(names('depl w')).toEqual(['Deployment web']);
    expect(names('xyz')).toEqual([]);
  });

  it('name the objects of a file', () => {
    const symbols = symbolsOf(open(`${service}---\n${deployment}`));
    expect(symbols.map(({ name }) => name)).toEqual(['Service web', 'Deployment web']);
    expect(symbols[1]?.children?.map(({ name }) => name)).toEqual(['metadata', 'spec']);
    const path = ['spec', 'template', 'spec', 'containers', 'web', 'ports', 'http'];
    let below = symbols[1]?.children;
    for (const name of path) {
      const found = below?.find((each) => each.name === name);
      expect(found, name).toBeDefined();
      below = found?.children;
    }
    for (const { range, selectionRange } of symbols) {
      expect(selectionRange.start.line).toBeGreaterThanOrEqual(range.start.line);
      expect(selectionRange.end.line).toBeLessThanOrEqual(range.end.line);
    }
  });
});

describe('rename', () => {
  it('changes the definition and all that names it', () => {
    const { workspace } = checkerOf({ '/w/test.yaml': config, '/w/user.yaml': user });
    const { file, position } = atCursor(config.replace('name: settings', 'name: sett|ings'));
    expect(renameRangeAt(file, position, workspace)).toMatchObject({ start: { character: 17 } });
    const changes = renameAt(file, position, 'other', workspace)?.changes ?? {};
    expect(Object.entries(changes).map(([uri, edits]) => [uri, edits.length])).toEqual([
      ['file:///w/test.yaml', 1],
      ['file:///w/user.yaml', 1],
    ]);
  });

  it('is not offered elsewhere', () => {
    const { workspace } = checkerOf({ '/w/test.yaml': config });
    const { file, position } = atCursor(config.replace('kind: Conf', 'kind: Co|nf'));
    expect(renameRangeAt(file, position, workspace)).toBeUndefined();
    expect(renameAt(file, position, 'other', workspace)).toBeUndefined();
  });
});

describe('navigation', () => {
  const { workspace } = checkerOf({ '/w/c.yaml': config, '/w/user.yaml': user });

  it('goes to the object that is named, or to its key', () => {
    const name = atCursor(user.replace('{name: settings', '{name: set|tings'));
    expect(definitionAt(name.file, name.position, workspace)).toMatchObject([
      { uri: 'file:///w/c.yaml', range: { start: { line: 2, character: 17 } } },
    ]);
    const key = atCursor(user.replace('key: port', 'key: po|rt'));
    expect(definitionAt(key.file, key.position, workspace)).toMatchObject([
      { uri: 'file:///w/c.yaml', range: { start: { line: 3, character: 7 } } },
    ]);
  });

  it('finds who names an object', () => {
    const { file, position } = atCursor(config.replace('name: settings', 'name: sett|ings'));
    const found = referencesAt(file, position, workspace, false);
    expect(new Set(found.map(({ uri }) => uri))).toEqual(new Set(['file:///w/user.yaml']));
    expect(referencesAt(file, position, workspace, true).map(({ uri }) => uri)).toContain(
      'file:///w/c.yaml',
    );
  });

  it('goes from an alias to its anchor', () => {
    const { file, position } = atCursor('kind: A\nbase: &base {a: 1}\nsame: *ba|se\n');
    expect(definitionAt(file, position, workspace)).toMatchObject([
      { uri: file.document.uri, range: { start: { line: 1, character: 12 } } },
    ]);
  });

  it('goes nowhere from other places', () => {
    const { file, position } = atCursor(user.replace('image: web', 'image: w|eb'));
    expect(definitionAt(file, position, workspace)).toEqual([]);
    expect(referencesAt(file, position, workspace, true)).toEqual([]);
  });
});
