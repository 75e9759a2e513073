import { describe, expect, it } from '@jest/globals';
import type { PeerId } from '#core';
import { ThrottledOutgoing } from './throttled-outgoing.js';

const peer = (word: string): { peerId: PeerId; incarnation: number } => ({
  peerId: word.repeat(40) as PeerId,
  incarnation: 1,
});

describe('reminders', () => {
  it('go to each peer once in a while, other commands always', async () => {
    let now = 0;
    const sent: string[] = [];
    const outgoing = new ThrottledOutgoing(
      {
        command: async (to, name) => {
          sent.push(`${name} ${to.peerId[0]} ${now}`);
          return true;
        },
        fact: async () => {},
      },
      { now: () => now },
    );
    const remind = (): Promise<boolean> => outgoing.command(peer('a'), 'command.rejoin', { reason: 'r' });
    expect(await remind()).toBe(true);
    now = 1_999;
    expect(await remind()).toBe(true);
    await outgoing.command(peer('b'), 'command.rejoin', { reason: 'r' });
    await outgoing.command(peer('a'), 'command.report', { reason: 'r' });
    now = 2_000;
    await remind();
    for (const commandId of ['1', '2']) {
      await outgoing.command(peer('a'), 'command.leave', { commandId, reason: 'r' });
    }
    expect(sent).toEqual([
      'command.rejoin a 0',
      'command.rejoin b 1999',
      'command.report a 1999',
      'command.rejoin a 2000',
      'command.leave a 2000',
      'command.leave a 2000',
    ]);
  });
});
