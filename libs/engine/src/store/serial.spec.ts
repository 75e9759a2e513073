import { describe, it, expect } from '@jest/globals';
import { Serial } from './serial.js';

describe('Serial', () => {
  it('runs one key in order and lets others pass', async () => {
    const serial = new Serial();
    const log: string[] = [];
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const first = serial.run('a', async () => {
      await gate;
      log.push('first');
    });
    const second = serial.run('a', async () => void log.push('second'));
    await serial.run('b', async () => void log.push('other'));
    open();
    await Promise.all([first, second]);
    expect(log).toEqual(['other', 'first', 'second']);
  });

  it('goes on after a failure, which only its caller sees', async () => {
    const serial = new Serial();
    const failed = serial.run('a', () => Promise.reject(new Error('no')));
    const next = serial.run('a', async () => 7);
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe(7);
  });
});
