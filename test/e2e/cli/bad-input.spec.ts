import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startNetwork, type Network, type RunningPeer } from '../../../tools/network/network.js';
import { uniqueNetwork } from '../../../tools/network/unique-network.js';
import { Run } from '../../../tools/run/run.js';
import { testServices } from '../../../tools/services/test-environment.js';
import { eventOf, shoal, shoalJson, type ShoalEnd, type Surroundings } from './shoal.js';

/**
 * What a person gets who does something that cannot work, with real processes: docs/CONTRIBUTING.md lists where the other
 * cases are tested.
 */
describe('bad input', () => {
  let run: Run;
  let network: Network;
  let host: RunningPeer;
  let root: string;
  const longest = `${'ü'.repeat(125)}.text`;

  beforeAll(async () => {
    run = await Run.open({ command: 'e2e bad input' });
    const plan = { network: uniqueNetwork(), anchors: ['server1'], peers: [{ name: 'host1' }] };
    network = await startNetwork(run, testServices(), plan);
    host = network.peer('host1');
    root = host.roots[0] as string;
    await publish('music.txt', 'la la la');
    await publish('other.txt', 'another song');
  }, 120_000);
  afterAll(async () => {
    await network?.stop();
    await run?.close();
  });

  const through = (): string[] => ['--peer', host.controlSocket];
  const around = (env: Surroundings['env'] = {}): Surroundings => ({
    cwd: root,
    env: { ...network.cliEnvironment, ...run.environment, XDG_DATA_HOME: run.path('xdg'), ...env },
  });
  const publish = async (name: string, text: string): Promise<void> => {
    writeFileSync(join(root, name), text);
    await shoalJson(['publish', name, ...through()], around());
  };
  const viaPeer = (...args: string[]): Promise<ShoalEnd> => shoal([...args, ...through()], around());

  it.each<[what: string, code: number, message: RegExp, args: readonly string[]]>([
    ['an unknown name', 3, /no file is called nothing\.txt/, ['get', 'nothing.txt']],
    ['an unknown version', 3, /no file is called music\.txt@9/, ['get', 'music.txt@9', '-o', 'old.txt']],
    [
      'a chunk that is not in the file',
      2,
      /has 1 chunk, there is no chunk 2/,
      ['get', 'music.txt', '-o', 'c', '--chunks', '2'],
    ],
    ['a target that is there', 6, /music\.txt is there already/, ['get', 'other.txt', '-o', 'music.txt']],
    ['a target outside of the roots', 1, /not below a root/, ['get', 'music.txt', '-o', '/tmp/music.txt']],
    ['a target in no folder', 3, /there is no folder/, ['get', 'music.txt', '-o', 'no/such/music.txt']],
    ['a target that is a folder', 2, /folder/, ['get', 'music.txt', '-o', 'taken/', '--force']],
    ['a target below a file', 2, /music\.txt" is not a folder/, ['get', 'other.txt', '-o', 'music.txt/x']],
    ['an empty path', 2, /the path is empty/, ['publish', '']],
    ['a file that is not there', 3, /no file "nothing\.txt"/, ['publish', 'nothing.txt']],
    [
      'a chunk size that is too small',
      2,
      /512 bytes is not possible/,
      ['publish', 'music.txt', '--chunk-size', '512'],
    ],
    ['a name with a slash', 2, /must not contain "\/"/, ['publish', 'music.txt', '--name', '../music.txt']],
    ['chunk files without a manifest file', 3, /no manifest file/, ['share', 'taken']],
    ['a manifest file that was changed', 1, /manifest cannot be used/, ['share', 'changed']],
  ])('%s ends with %i, says why and changes nothing', async (_what, code, message, args) => {
    mkdirSync(join(root, 'taken', 'music.txt'), { recursive: true });
    mkdirSync(join(root, 'changed'), { recursive: true });
    writeFileSync(join(root, 'changed', 'a.manifest.json'), '{"shoal-manifest":1,"size":-1}');
    const before = readdirSync(root);
    const end = await viaPeer(...args);
    expect({ code: end.code, stderr: end.stderr }).toEqual({ code, stderr: expect.stringMatching(message) });
    expect(end.stderr).toMatch(/^error: /);
    expect(readdirSync(root)).toEqual(before);
    expect(readFileSync(join(root, 'music.txt'), 'utf8')).toBe('la la la');
  });

  it.each(['with  spaces', 'ünï 🎵.txt', '--dash.txt', '.hidden', 'a@b', longest])(
    'a file called %j and of no bytes is published and arrives',
    async (name) => {
      const folder = join(root, 'names');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, name), '');
      const published = await shoalJson(['publish', join(folder, name), ...through()], around());
      expect(eventOf(published, 'done')).toMatchObject({ name, size: 0 });
      const output = join(folder, 'copy');
      const got = await shoal(['get', '-o', output, '--force', ...through(), '--', name], around());
      expect(got).toMatchObject({ code: 0, stderr: '' });
      expect(readFileSync(output, 'utf8')).toBe('');
    },
  );

  it.each([
    [['--folder', '../up'], /--folder/],
    [['--save-as', 'a/b'], /--save-as/],
  ])('distribute %j is refused before anybody is asked', async (flags, message) => {
    const end = await shoal(['distribute', 'music.txt', '--to', 'host1', ...flags], around());
    expect(end).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });

  it('a network without anchors is no network', async () => {
    const { code, stderr } = await shoal(['peers', '--network', 'nobody-here'], around());
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringMatching(/^error: .*\nhint: /) });
  });

  it('a download without a holder says that it waits, and then that it did so in vain', async () => {
    await publish('rare.txt', 'rare');
    rmSync(join(root, 'rare.txt'));
    const { code, stdout, stderr } = await viaPeer(
      'get',
      'rare.txt',
      '-o',
      'rare-copy.txt',
      '--timeout',
      '2s',
    );
    expect({ code, stderr }).toEqual({
      code: 5,
      stderr: expect.stringMatching(/^error: no byte .*\nhint: /),
    });
    expect(stdout).toMatch(/^note: no holder .* waiting for one$/m);
    expect(readdirSync(root)).not.toContain('rare-copy.txt');
  });
});
