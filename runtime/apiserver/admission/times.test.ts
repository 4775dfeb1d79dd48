import { describe, expect, it } from 'vitest';
import type { Registry } from '../registry/registry.ts';
import { Admission, type AdmissionPlugin, type Attributes } from './admission.ts';
import { AdmissionTimes } from './times.ts';

describe('times of admission', () => {
  it('are those of steps, and of plug-ins that have something to wait for', async () => {
    const times = new AdmissionTimes();
    const plugins: AdmissionPlugin[] = [
      { name: 'AtOnce', mutate: () => undefined, validate: () => undefined },
      { name: 'Waiting', mutate: async () => undefined, validate: () => Promise.reject('no') },
    ];
    const admission = new Admission(plugins, times);
    const attributes = { operation: 'CREATE', call: {} } as Attributes;
    const registry = {} as Registry;
    await admission.mutate(attributes, registry);
    await expect(admission.validate(attributes, registry)).rejects.toBe('no');
    const counts = times.families
      .flatMap((family) => [...family.lines()])
      .filter((line) => line.includes('_count{'))
      .map((line) => line.replace('apiserver_admission_', '').trim());
    const [step, plugin] = ['step_admission_duration', 'controller_admission_duration'];
    const of = (type: string, rejected: boolean) =>
      `type="${type}",operation="CREATE",rejected="${rejected}"} 1`;
    expect(counts).toEqual([
      `${step}_seconds_count{${of('admit', false)}`,
      `${step}_seconds_count{${of('validate', true)}`,
      `${plugin}_seconds_count{name="Waiting",${of('admit', false)}`,
      `${plugin}_seconds_count{name="Waiting",${of('validate', true)}`,
    ]);
  });
});
