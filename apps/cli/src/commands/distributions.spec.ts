import { describe, expect, it } from '@jest/globals';
import type { DistributionStatus, DistributionSummary, TargetRow } from '#contracts';
import { ShoalError, type FileId, type PeerId } from '#core';
import { run } from '../run.js';
import { fakeBroker, type FakeBroker } from '../test-support/fake-broker.js';
import { testContext, type TestContext } from '../test-support/test-context.js';

const world = (fake: FakeBroker): TestContext =>
  testContext({ env: { ANCHORS: 'server1=amqp://h' }, broker: () => fake.broker, now: () => 61_000 });
const id = (digit: string): PeerId => digit.repeat(40) as PeerId;
const row = (name: string, state: TargetRow['state'], more: Partial<TargetRow> = {}): TargetRow => ({
  ...{ peerId: id('a'), name, state, bytes: 0, rate: 0, updatedAt: 1, tries: 0 },
  ...more,
});
const none = { waiting: 0, commanded: 0, downloading: 0, done: 0, failed: 0, cancelled: 0, offline: 0 };
const summary: DistributionSummary = {
  ...{ distributionId: 'd-1', state: 'running', name: 'music.txt', version: 2, size: 1_000 },
  ...{ fileId: 'f'.repeat(64) as FileId, targets: 2, counts: { ...none, done: 1, downloading: 1 } },
  ...{ createdAt: 1_000, priority: 5, follow: false },
};
const status = (more: Partial<DistributionStatus> = {}): DistributionStatus => ({
  ...summary,
  options: { priority: 5, successShare: 1, retries: 3, retryDelayMs: 1, follow: false },
  ...{ wave: 2, waves: 3 },
  rows: [
    row('host1', 'done', { milliseconds: 1_500 }),
    row('host2', 'downloading', { bytes: 250, rate: 100 }),
  ],
  ...more,
});

describe('shoal distribute', () => {
  const accept = () =>
    fakeBroker({ 'transfer.download': () => ({ distributionId: 'd-1', created: true, targets: 2 }) });

  it('says all that was asked for, and which distribution it is', async () => {
    const fake = accept();
    const context = world(fake);
    const flags = ['--folder', 'music', '--force', '--priority', '9', '--deadline', '2026-12-01T06:00:00Z'];
    const more = ['--waves', '1,10%', '--success', '90%', '--abort', '0.2', '--concurrency', '5', '--follow'];
    const rest = ['--max-down', '10KiB', '--retries', '1', '--retry-delay', '1s', '--key', 'k'];
    const targets = ['--to', 'role=edge and not rack=b', '--to', 'peer:host7'];
    expect(await run(['distribute', 'music.txt', ...targets, ...flags, ...more, ...rest], context)).toBe(0);
    expect(fake.asked).toEqual([
      {
        name: 'transfer.download',
        body: {
          ...{
            file: 'music.txt',
            targets: ['role=edge and not rack=b', 'peer:host7'],
            folder: 'music',
            force: true,
          },
          ...{
            priority: 9,
            deadline: Date.UTC(2026, 11, 1, 6),
            waves: [1, '10%'],
            successShare: 0.9,
            abortShare: 0.2,
          },
          ...{
            concurrency: 5,
            follow: true,
            maxDownRate: 10_240,
            retries: 1,
            retryDelayMs: 1_000,
            idempotencyKey: 'k',
          },
        },
      },
    ]);
    expect(context.output.stdout).toBe('d-1: music.txt to 2 targets\n');
  });

  it('has a key of its own for every call', async () => {
    const fake = accept();
    for (let call = 0; call < 2; call++) await run(['distribute', 'music.txt', '--to', 'all'], world(fake));
    const keys = fake.asked.map(({ body }) => (body as { idempotencyKey: string }).idempotencyKey);
    expect(new Set(keys).size).toBe(2);
  });

  it.each([
    [['--to', 'role=edge and'], /is expected at its end/],
    [['--to', 'all', '--waves', '0,10%'], /like 1,10%/],
    [['--to', 'all', '--abort', '120%'], /a share like 90%/],
    [['--to', 'all', '--priority', '10'], /from 0 to 9/],
    [['--to', 'all', '--deadline', 'soon'], /like 30m/],
    [['--to', 'all', '--concurrency', '0'], /from 1 to/],
    [['--to', 'all', '--retries', '21'], /from 0 to 20/],
    [[], /--to/],
  ])('refuses %j before anybody is asked', async (flags, message) => {
    const fake = accept();
    const context = world(fake);
    expect(await run(['distribute', 'music.txt', ...flags], context)).toBe(2);
    expect(context.output.stderr).toMatch(message);
    expect(fake.asked).toEqual([]);
  });

  it('watches until it has ended, and ends as it does', async () => {
    const answers = [
      status(),
      status({
        state: 'failed',
        reason: 'too many',
        rows: [
          row('host2', 'failed', { error: { code: 'disk-full', message: 'no room', retry: 'permanent' } }),
        ],
      }),
    ];
    const fake = fakeBroker({
      'transfer.download': () => ({ distributionId: 'd-1', created: true, targets: 2 }),
      'transfer.status': () => {
        void Promise.resolve().then(() => fake.fact('distribution.failed', {}));
        return answers.shift();
      },
    });
    const context = world(fake);
    const waiting = run(['distribute', 'music.txt', '--to', 'all', '--watch', '--json'], context);
    expect(await waiting).toBe(6);
    const states = context.output.stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { state?: string }).state);
    expect(states.slice(0, 2)).toEqual(['running', 'failed']);
    expect(context.output.stdout + context.output.stderr).toMatch(/too many; the first: no room/);
  });
});

describe('looking at distributions', () => {
  it('lists all pages', async () => {
    const page = ({ after }: { after?: string }) =>
      after === undefined
        ? { distributions: [summary], next: 'd-1' }
        : { distributions: [{ ...summary, distributionId: 'd-0', state: 'completed', followsFrom: 'd-1' }] };
    const context = world(fakeBroker({ 'transfer.list': page }));
    expect(await run(['distributions'], context)).toBe(0);
    const [, first, second] = context.output.stdout.split('\n');
    expect(first).toMatch(/^d-1 +music\.txt@2 +running +1\/2 +0 +5 +1m 00s ago$/);
    expect(second).toMatch(/^d-0 .* completed .* d-1$/);
  });

  it('shows the targets of one, from all pages, what moves first', async () => {
    const page = ({ after }: { after?: string }) =>
      after === undefined
        ? status({ next: id('a') })
        : status({ rows: [row('host3', 'waiting', { tries: 1 })] });
    const context = world(fakeBroker({ 'transfer.status': page }));
    expect(await run(['distribution', 'd-1'], context)).toBe(0);
    expect(context.output.stdout.split('\n')).toEqual([
      'd-1  music.txt@2, 1000 B, to 2 targets: running, 1m 00s',
      '1 downloading, 1 done; wave 2 of 3; 100 B/s together',
      expect.stringMatching(/^TARGET +STATE +% +RATE +ETA +TRIES +NOTE$/),
      expect.stringMatching(/^host2 +downloading +25 +100 B\/s +7\.5 s$/),
      expect.stringMatching(/^host3 +waiting +0 +2$/),
      expect.stringMatching(/^host1 +done +100 +in 1\.5 s$/),
      '',
    ]);
  });

  it.each([
    [
      ['cancel', 'd-1', '--keep-parts'],
      'transfer.cancel',
      { distributionId: 'd-1', keepParts: true },
      '2 targets cancelled',
    ],
    [['retry', 'd-1'], 'transfer.retry', { distributionId: 'd-1' }, '2 targets try again'],
  ] as const)('%j', async (words, name, body, text) => {
    const fake = fakeBroker({ [name]: () => ({ distributionId: 'd-1', cancelled: 2, retried: 2 }) });
    const context = world(fake);
    expect(await run([...words], context)).toBe(0);
    expect(fake.asked).toEqual([{ name, body }]);
    expect(context.output.stdout).toBe(`d-1: ${text}\n`);
  });

  it('ends with 3 when there is none', async () => {
    const missing = new ShoalError('not-found', 'there is no distribution d-9');
    expect(await run(['distribution', 'd-9'], world(fakeBroker({ 'transfer.status': () => missing })))).toBe(
      3,
    );
  });
});
