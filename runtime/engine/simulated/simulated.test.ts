import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import { describeEngine } from '../engine.case.ts';
import { createSimulatedEngine } from './simulated.ts';

describeEngine('simulated', {
  create: async () => {
    const clock = new VirtualClock();
    const engine = createSimulatedEngine({
      clock,
      hasImage: (name) => !name.includes('not-there'),
    });
    // Ends of containers fall due when somebody waits for them: time runs along.
    const start = engine.startContainer;
    return {
      ...engine,
      startContainer: async (id) => {
        await start(id);
        await clock.advance(1);
      },
    };
  },
  image: 'simulated/busybox:1',
  network: { name: 'skiff-f-case', subnet: '10.9.0.0/16', gateway: '10.9.0.1' },
  runs: false,
});

describe('the simulation', () => {
  it('ends a container when its time has come', async () => {
    const clock = new VirtualClock();
    const engine = createSimulatedEngine({ clock });
    const id = await engine.createContainer({
      name: 'job',
      image: 'x',
      labels: {},
      env: ['SKIFF_SIMULATED_SECONDS=5', 'SKIFF_SIMULATED_EXIT_CODE=2'],
      network: { type: 'none' },
    });
    await engine.startContainer(id);
    await clock.advance(4_999);
    expect((await engine.container(id))?.state).toBe('running');
    await clock.advance(1);
    expect(await engine.container(id)).toMatchObject({ state: 'exited', exitCode: 2 });
  });
});
