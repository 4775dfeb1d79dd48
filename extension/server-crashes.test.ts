import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../runtime/api/clock.ts';
import { crashLimit, createCrashLimit } from './server-crashes.ts';

describe('createCrashLimit', () => {
  it('gives a server up that ends again and again', () => {
    const mayRestart = createCrashLimit(new VirtualClock());
    const answers = Array.from({ length: crashLimit.count }, mayRestart);
    expect(answers).toEqual([true, true, true, true, false]);
  });

  it('goes on for ever where a server ends now and then', async () => {
    const clock = new VirtualClock();
    const mayRestart = createCrashLimit(clock);
    for (let end = 0; end < 20; end++) {
      expect(mayRestart()).toBe(true);
      await clock.advance(crashLimit.withinMs / (crashLimit.count - 1) + 1);
    }
  });
});
