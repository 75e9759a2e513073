import { describe, expect, it, jest } from '@jest/globals';
import { ShoalError } from '#core';
import type { Commands } from './commands/index.js';
import { run } from './run.js';
import { testContext, type TestContext } from './test-support/test-context.js';

type Spies = { [Name in keyof Commands]: jest.Mock<Commands[Name]> };

const spies = (): Spies => {
  const done = () => Promise.resolve(0 as const);
  const names = [
    'publish',
    'get',
    'split',
    'join',
    'share',
    'chunkGet',
    'manifest',
    'search',
    'peers',
    'status',
    'leave',
    'limit',
    'ls',
    'rm',
    'listDeadLetters',
    'showDeadLetter',
    'requeueDeadLetters',
    'dropDeadLetters',
    'doctor',
    'logs',
    'clean',
    'completion',
    'complete',
    'stopSharing',
    'peer',
    'anchor',
  ] as const;
  return Object.fromEntries(names.map((name) => [name, jest.fn(done)])) as unknown as Spies;
};

const call = async (...args: string[]) => {
  const world = testContext({});
  const commands = spies();
  return { code: await run(args, world, commands), commands, ...world.output };
};

describe('the command line', () => {
  it('reads sizes, rates, times and repeated flags', async () => {
    const { commands } = await call(
      'publish',
      'a b',
      '--name',
      'c',
      '--chunk-size',
      '1MiB',
      '--max-up',
      '8Mbit',
    );
    expect(commands.publish).toHaveBeenCalledWith(
      'a b',
      { name: 'c', chunkSize: 1_048_576, maxUp: 1_000_000 },
      expect.anything(),
    );
    const get = await call('get', 'x@2', '-o', 'y', '--timeout', '1m', '--at', 'host7', '--force', '--json');
    expect(get.commands.get).toHaveBeenCalledWith(
      'x@2',
      { output: 'y', timeout: 60_000, at: 'host7', force: true, json: true },
      expect.anything(),
    );
    const peer = await call(
      'peer',
      '--root',
      '/a',
      '--root',
      '/b',
      '--label',
      'rack=b',
      '--label',
      'role=edge',
    );
    expect(peer.commands.peer).toHaveBeenCalledWith(
      { root: ['/a', '/b'], label: ['rack=b', 'role=edge'] },
      expect.anything(),
    );
  });

  it('counts chunks from 1', async () => {
    const { commands } = await call('search', 'music.txt', '--chunk', '3', '--anchors', 'a=amqp://h');
    expect(commands.search).toHaveBeenCalledWith(
      'music.txt',
      { chunk: 3, anchors: 'a=amqp://h' },
      expect.anything(),
    );
    expect((await call('search', 'x', '--chunk', '0')).code).toBe(2);
    const get = await call('get', 'x', '--chunks', '7, 1-3,3-4');
    expect(get.commands.get).toHaveBeenCalledWith(
      'x',
      {
        chunks: [
          [0, 4],
          [6, 7],
        ],
      },
      expect.anything(),
    );
  });

  it.each(['0', '4-2', '1-', 'a', '', '70000', '1,,2'])('refuses --chunks %j', async (chunks) => {
    expect((await call('get', 'x', '--chunks', chunks)).code).toBe(2);
  });

  it.each([
    [[]],
    [['fly']],
    [['get']],
    [['get', 'a', 'b']],
    [['get', 'a', '--fast']],
    [['get', 'a', '--max-down', 'quick']],
    [['get', 'a', '--timeout', '-1']],
    [['publish', 'a', '--chunk-size', '0']],
    [['publish', 'a', '--chunk-size', 'huge']],
    [['publish', 'a', '--chunk-size', '99999999TiB']],
    [['split', 'a']],
    [['split', 'a', '-o', 'b', '--chunk-size', '-1']],
    [['join']],
    [['share']],
    [['chunk']],
    [['chunk', 'get', 'a']],
    [['chunk', 'get', 'a', '0', '-o', 'b']],
    [['chunk', 'get', 'a', '65537', '-o', 'b']],
    [['chunk', 'get', 'a', '1']],
    [['anchor']],
  ])('ends wrong use with 2 and says it on stderr: %j', async (args) => {
    const { code, stdout, stderr } = await call(...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toBe('');
  });

  it('explains a wrong value', async () => {
    expect((await call('get', 'a', '--max-down', 'quick')).stderr).toMatch(
      /"quick" is not a rate.*10MB or 50Mbit/,
    );
  });

  it('shows help, with examples and exit codes, and the version', async () => {
    const help = await call('--help');
    expect(help.code).toBe(0);
    expect(help.stdout).toMatch(/shoal publish music\.txt[\s\S]*130 +interrupted/);
    expect((await call('get', '--help')).stdout).toMatch(/\$ shoal get music\.txt --at host7/);
    expect((await call('--version')).stdout).toMatch(
      /^shoal \d+\.\d+\.\d+\nchunk protocol \d+, messages \d+, control API \d+\nbuild \w+, Node v\d+.*\n$/,
    );
  });

  it('says nothing of an exit code when the process lives on', async () => {
    const commands = { ...spies(), peer: () => Promise.resolve(undefined) };
    expect(await run(['peer'], testContext({}), commands)).toBeUndefined();
  });

  const failing = async (args: string[], world: TestContext, error: Error) =>
    run(args, world, { ...spies(), peers: () => Promise.reject(error) });

  it('says a failure on stderr, and as the last line of --json', async () => {
    const world = testContext({});
    expect(
      await failing(['peers', '--json'], world, new ShoalError('no-anchor', 'none', { hint: 'h' })),
    ).toBe(4);
    expect(world.output.stderr).toBe('error: none\nhint: h\n');
    expect(JSON.parse(world.output.stdout)).toMatchObject({ event: 'failed', error: { code: 'no-anchor' } });
  });

  it('ends with 130 only when a command was listening for the interrupt', async () => {
    const world = testContext({});
    world.interrupt();
    expect(await failing(['peers'], world, new ShoalError('timeout', 'x'))).toBe(5);
    const listening: Commands['peers'] = (_options, context) => {
      context.interrupts();
      return Promise.reject(new ShoalError('timeout', 'x'));
    };
    expect(await run(['peers'], world, { ...spies(), peers: listening })).toBe(130);
  });
});
