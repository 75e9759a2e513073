import { beforeEach, describe, expect, it } from '@jest/globals';
import { ShoalError } from '#core';
import type { DeadLetter, DeadLetterBox, FullDeadLetter } from '#platform/broker';
import { testContext } from '../test-support/test-context.js';
import { run } from '../run.js';

const letter = (id: string, more: Partial<DeadLetter> = {}): FullDeadLetter => ({
  id,
  ...{
    name: 'transfer.download',
    exchange: 'shoal.requests',
    key: 'transfer.download',
    queue: 'shoal.transfer',
  },
  ...{ code: 'bad-message', reason: 'file: must not be empty', at: 1_000, size: 12, isCut: false },
  ...{ messageId: 'm1', headers: { 'shoal-schema': 1 } },
  ...more,
  body: Buffer.from('{"file":""}\u001b'),
});

describe('shoal dead-letters', () => {
  let letters: FullDeadLetter[];
  let calls: string[];
  const box: DeadLetterBox = {
    list: async () => letters,
    read: async (wanted) => letters.filter(wanted),
    requeue: async (wanted) =>
      letters.filter(wanted).map((each) => {
        calls.push(`requeue ${each.id}`);
        return each.isCut
          ? { letter: each, error: new ShoalError('limit-exceeded', 'cut') }
          : { letter: each };
      }),
    drop: async (wanted) =>
      letters.filter(wanted).map((each) => {
        calls.push(`drop ${each.id}`);
        return { letter: each };
      }),
    close: async () => void calls.push('close'),
  };
  const shoal = async (args: string[], confirm?: () => Promise<boolean>) => {
    const env = { ANCHORS: 'server1=amqp://h' };
    const world = { env, now: () => 61_000, deadLetters: async () => box, ...(confirm && { confirm }) };
    const context = testContext(world);
    return { code: await run(['dead-letters', ...args], context), ...context.output };
  };
  beforeEach(() => {
    letters = [letter('aaaa11112222'), letter('aaaa33334444', { isCut: true }), letter('bbbb55556666')];
    calls = [];
  });

  it('lists them with age, queue and reason, and says so when there is none', async () => {
    const { code, stdout } = await shoal([]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^aaaa11112222 +1m 00s +transfer\.download +shoal\.transfer +12 B +bad-message +file: must not be empty$/m,
    );
    expect(calls).toEqual(['close']);
    letters = [];
    expect((await shoal(['list'])).stdout).toBe('no dead letter\n');
  });

  it('shows one in full, safe for a terminal, by the first digits of its id', async () => {
    const { stdout } = await shoal(['show', 'bbbb']);
    expect(stdout).toMatch(/why +bad-message: file[\s\S]*sent to +shoal\.requests, key transfer\.download/);
    expect(stdout).toContain('{"file":""}\\u{1b}');
    expect((await shoal(['show', 'aaaa'])).code).toBe(2);
    expect((await shoal(['show', 'cccc'])).code).toBe(3);
    expect((await shoal(['show', 'b'])).code).toBe(3);
  });

  it('sends again what was named, and tells what stays', async () => {
    expect(await shoal(['requeue', 'bbbb'])).toMatchObject({
      code: 0,
      stdout: 'bbbb55556666 transfer.download: sent again\n',
    });
    const all = await shoal(['requeue', '--all']);
    expect(all.code).toBe(1);
    expect(all.stderr).toBe('aaaa33334444 stays a dead letter\nerror: cut\n');
  });

  it('does nothing when one of the words is wrong', async () => {
    expect((await shoal(['requeue', 'bbbb', 'cccc'])).code).toBe(3);
    expect((await shoal(['drop', 'bbbb', 'aaaa'])).code).toBe(2);
    expect((await shoal(['drop'])).code).toBe(2);
    expect((await shoal(['drop', 'bbbb', '--all'])).code).toBe(2);
    expect(calls.filter((call) => call !== 'close')).toEqual([]);
  });

  it('drops after a yes only', async () => {
    expect((await shoal(['drop', 'bbbb'], async () => false)).code).toBe(1);
    expect(calls).toEqual([]);
    expect((await shoal(['drop', 'bbbb'], async () => true)).code).toBe(0);
    expect((await shoal(['drop', '--all', '--yes'], async () => false)).code).toBe(0);
    expect(calls.filter((call) => call.startsWith('drop'))).toHaveLength(4);
  });
});
