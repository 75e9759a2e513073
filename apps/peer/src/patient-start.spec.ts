import { describe, expect, it } from '@jest/globals';
import { ShoalError, type ErrorCode } from '#core';
import { startPatiently } from './patient-start.js';

describe('startPatiently', () => {
  const ready = { pid: 1, port: 2, holdings: [] };
  const startWith = (...failures: ErrorCode[]) => {
    let time = 0;
    return startPatiently({
      start: async () => {
        const code = failures.shift();
        if (code !== undefined) throw new ShoalError(code, code);
        return ready;
      },
      now: () => time,
      pause: async (milliseconds) => void (time += milliseconds),
    });
  };

  it('waits for the engine of a peer that was killed', async () => {
    await expect(startWith('data-folder-in-use', 'data-folder-in-use')).resolves.toBe(ready);
  });
  it('does not wait for ever', async () => {
    const always = Array.from({ length: 100 }, (): ErrorCode => 'data-folder-in-use');
    await expect(startWith(...always)).rejects.toMatchObject({ code: 'data-folder-in-use' });
  });
  it('waits for nothing else', async () => {
    await expect(startWith('bad-config')).rejects.toMatchObject({ code: 'bad-config' });
  });
});
