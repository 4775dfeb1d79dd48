import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import type { RuleSet } from './rule-set.ts';
import { createWriter } from './writer.ts';

function rules(rule: string, flows: string[] = []): RuleSet {
  return {
    frame: '',
    chains: new Map([['web', [rule]]]),
    dynamicSets: new Map(),
    elements: new Map(),
    flows: new Set(flows),
  };
}

function setUp() {
  const clock = new VirtualClock();
  const scripts: string[] = [];
  const errors: string[] = [];
  const forgotten: string[] = [];
  let failures = 0;
  const writer = createWriter({
    table: 't',
    clock,
    signal: new AbortController().signal,
    apply: async (script) => {
      if (failures > 0) {
        failures--;
        throw new Error('no such table');
      }
      scripts.push(script.startsWith('add table') ? 'whole' : script.trim());
    },
    forgetFlows: async (flows) => {
      forgotten.push(...flows);
    },
    onError: (error) => errors.push(String(error)),
  });
  const fail = (times: number) => {
    failures = times;
  };
  return { clock, scripts, errors, forgotten, writer, fail };
}

describe('a writer of rules', () => {
  it('writes the whole table first, then differences, then nothing', async () => {
    const { writer, scripts } = setUp();
    writer.want(rules('accept'));
    await writer.settled();
    writer.want(rules('drop'));
    await writer.settled();
    writer.want(rules('drop'));
    await writer.settled();
    expect(scripts).toEqual(['whole', 'flush chain ip t web\nadd rule ip t web drop']);
  });

  it('replaces the table when a difference does not fit', async () => {
    const { writer, scripts, errors, fail } = setUp();
    writer.want(rules('accept'));
    await writer.settled();
    fail(1);
    writer.want(rules('drop'));
    await writer.settled();
    expect(scripts).toEqual(['whole', 'whole']);
    expect(errors).toEqual([]);
  });

  it('tries again, more and more slowly, and complains once', async () => {
    const { clock, writer, scripts, errors, fail } = setUp();
    fail(3);
    writer.want(rules('accept'));
    await clock.advance(249);
    fail(2);
    await clock.advance(1 + 499);
    expect(scripts).toEqual([]);
    await clock.advance(1 + 1000);
    await writer.settled();
    expect(scripts).toEqual(['whole']);
    expect(errors).toEqual(['Error: no such table']);
  });

  it('writes only the last of many wishes', async () => {
    const { writer, scripts } = setUp();
    for (const rule of ['a', 'b', 'c']) writer.want(rules(rule));
    await writer.settled();
    expect(scripts).toEqual(['whole']);
    writer.want(rules('c'));
    await writer.settled();
    expect(scripts).toEqual(['whole']);
  });

  it('makes the kernel forget flows that lead nowhere now, however it was written', async () => {
    const { writer, forgotten, fail } = setUp();
    writer.want(rules('a', ['one', 'two']));
    await writer.settled();
    writer.want(rules('b', ['two']));
    await writer.settled();
    expect(forgotten).toEqual(['one']);
    fail(1);
    writer.want(rules('c', []));
    await writer.settled();
    expect(forgotten).toEqual(['one', 'two']);
  });
});
