import { describe, expect, it } from 'vitest';
import { claimManifests, withoutSyntax } from './yaml-neighbour.ts';

describe('beside another YAML extension', () => {
  it('gives manifests a schema without demands and leaves other files alone', () => {
    const seen: {
      schema: (uri: string) => string | undefined;
      content: (uri: string) => string;
    }[] = [];
    const api = {
      registerContributor(
        _scheme: string,
        schema: (uri: string) => string | undefined,
        content: (uri: string) => string,
      ) {
        seen.push({ schema, content });
        return true;
      },
    };
    expect(claimManifests(api, (uri) => uri.endsWith('web.yaml'))).toBe(true);
    const [claim] = seen;
    const uri = claim?.schema('file:///w/web.yaml') ?? '';
    expect(claim?.content(uri)).toBe('{"title":"Checked by Skiff"}');
    expect(claim?.schema('file:///w/compose.yaml')).toBeUndefined();
  });

  it('does without where the other has no such door', () => {
    expect(claimManifests(undefined, () => true)).toBe(false);
    expect(claimManifests({}, () => true)).toBe(false);
  });

  it('leaves syntax to the other unless a person wants both', () => {
    expect(withoutSyntax({ validation: { enabled: true } })).toEqual({
      validation: { enabled: true, rules: { 'yaml-syntax': 'off' } },
    });
    const wanted = { validation: { rules: { 'yaml-syntax': 'error', 'unknown-kind': 'off' } } };
    expect(withoutSyntax(wanted)).toEqual(wanted);
    expect(withoutSyntax(undefined)).toEqual({ validation: { rules: { 'yaml-syntax': 'off' } } });
  });
});
