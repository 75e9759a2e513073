import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'amqplib';
import { startNetwork, type Network, type RunningPeer } from '../../../tools/network/network.js';
import { uniqueNetwork } from '../../../tools/network/unique-network.js';
import { Run } from '../../../tools/run/run.js';
import { testServices } from '../../../tools/services/test-environment.js';
import { eventOf, shoal, shoalJson, startShoal, until, type JsonLine, type Surroundings } from './shoal.js';

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

describe('the everyday verbs', () => {
  const services = testServices();
  const id = uniqueNetwork();
  let run: Run;
  let network: Network;

  beforeAll(async () => {
    run = await Run.open({ command: 'e2e verbs' });
    network = await startNetwork(run, services, {
      network: id,
      anchors: ['server1'],
      peers: [{ name: 'host1' }, { name: 'host2' }],
    });
  }, 120_000);
  afterAll(async () => {
    await network?.stop();
    await run?.close();
  });

  const person = (): Surroundings => ({
    cwd: run.path('person'),
    env: {
      ...network.cliEnvironment,
      ...run.environment,
      XDG_DATA_HOME: run.path('xdg'),
      // The admin page of these servers is not where a person would look for it.
      SHOAL_ADMIN_URL: process.env['SHOAL_TEST_ADMIN_URL'],
    },
  });
  const at = (peer: RunningPeer): string[] => ['--peer', peer.controlSocket];
  const host = (name: string): RunningPeer => network.peer(name);
  const fileAt = (peer: RunningPeer, name: string): string => join(peer.roots[0] as string, name);
  const publish = async (peer: RunningPeer, name: string, text: string): Promise<JsonLine> => {
    writeFileSync(fileAt(peer, name), text);
    return eventOf(await shoalJson(['publish', fileAt(peer, name), ...at(peer)], person()), 'done');
  };
  const fetch = (peer: RunningPeer, name: string): Promise<JsonLine[]> =>
    shoalJson(['get', name, '-o', fileAt(peer, name), ...at(peer)], person());
  const sharedBy = async (peer: RunningPeer): Promise<unknown[]> => {
    const [status] = await shoalJson(['status', ...at(peer)], person());
    return (status?.['transfers'] as JsonLine[]).map(({ name }) => name);
  };

  it('ls shows what is there and how many hold it', async () => {
    await publish(host('host1'), 'song.txt', 'la la');
    await fetch(host('host2'), 'song.txt');
    const rows = await until(
      () => shoalJson(['ls'], person()),
      ([row]) => row?.['holderCount'] === 2,
    );
    expect(rows).toMatchObject([{ name: 'song.txt', version: 1, chunkCount: 1, latest: true }]);
    expect((await shoal(['complete', '--', 'get', 'so'], person())).stdout).toBe('song.txt');
  });

  it('stop-sharing takes a holder back at once and leaves its file', async () => {
    const { stdout } = await shoal(['stop-sharing', 'song.txt', ...at(host('host2'))], person());
    expect(stdout).toMatch(/^host2 no longer shares song\.txt; .*song\.txt stays where it is$/);
    const [row] = await until(
      () => shoalJson(['ls'], person()),
      ([found]) => found?.['holderCount'] === 1,
    );
    expect(row).toBeDefined();
    expect(readFileSync(fileAt(host('host2'), 'song.txt'), 'utf8')).toBe('la la');
    expect(await sharedBy(host('host2'))).toEqual([]);
    expect((await shoal(['stop-sharing', 'song.txt', ...at(host('host2'))], person())).code).toBe(3);
  });

  it('a publisher that serves ends with an error when its file is taken out of the network', async () => {
    writeFileSync(join(run.path('person'), 'served.txt'), 'served from the foreground');
    const publisher = startShoal(['publish', 'served.txt'], person());
    await publisher.line(/serving/);
    expect((await shoal(['rm', 'served.txt', '--everywhere'], person())).code).toBe(0);
    expect(await publisher.end).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not shared any more'),
    });
  });

  it('goes on when nobody reads what it says any more; what only shows something ends', async () => {
    await publish(host('host1'), 'unread.txt', 'la'.repeat(100_000));
    const getting = startShoal(['get', 'unread.txt', '-o', 'got.txt', '--json'], person());
    getting.child.stdout?.destroy();
    expect((await getting.end).code).toBe(0);
    expect(readFileSync(join(run.path('person'), 'got.txt'), 'utf8')).toHaveLength(200_000);
    const showing = startShoal(['peers'], person());
    showing.child.stdout?.destroy();
    expect((await showing.end).code).toBe(0);
  });

  it('rm --everywhere reaches holders that are here, and one that was off when it comes back', async () => {
    await publish(host('host1'), 'old.txt', 'old');
    await fetch(host('host2'), 'old.txt');
    await host('host2').process.stop(5_000);
    const removed = await shoalJson(['rm', 'old.txt', '--everywhere'], person());
    expect(eventOf(removed, 'removed')).toMatchObject({ removed: [{ version: 1, gone: true }] });
    await until(
      () => sharedBy(host('host1')),
      (names) => !names.includes('old.txt'),
    );
    await network.addPeer({ name: 'host2' });
    await until(
      () => sharedBy(host('host2')),
      (names) => !names.includes('old.txt'),
    );
    for (const peer of [host('host1'), host('host2')]) expect(existsSync(fileAt(peer, 'old.txt'))).toBe(true);
    expect((await shoal(['get', 'old.txt'], person())).code).toBe(3);
    expect((await shoal(['rm', 'old.txt'], person())).code).toBe(3);
    // Published again, it stays: the removal is not about what comes after it.
    await publish(host('host1'), 'old.txt', 'old');
    expect(await sharedBy(host('host1'))).toContain('old.txt');
    const rows = await shoalJson(['ls', 'old.txt'], person());
    expect(rows).toMatchObject([{ version: 1, holderCount: 1 }]);
  });

  it('doctor finds this network well, and the peer where it can be reached', async () => {
    const { code, stdout } = await shoal(['doctor', '--json', ...at(host('host1'))], person());
    const findings = stdout.split('\n').map((line) => JSON.parse(line) as JsonLine);
    expect(findings.filter(({ level }) => level === 'fail')).toEqual([]);
    expect(code).toBe(0);
    const texts = findings.map(({ check, level, text }) => `${level} ${check}: ${text}`);
    expect(texts).toContainEqual(expect.stringMatching(/^ok broker: RabbitMQ \d/));
    expect(texts).toContainEqual(expect.stringMatching(/^ok anchor server1: answers, shoal /));
    expect(texts).toContainEqual(expect.stringMatching(/^(ok|warn) redis of server1: /));
    expect(texts).toContainEqual(
      expect.stringMatching(/^ok peer host1: chunk port: 127\.0\.0\.1:\d+ answers/),
    );
    expect(texts).toContainEqual(expect.stringMatching(/^ok transfer process: /));
  });

  it('logs shows what the daemon wrote into its log file', async () => {
    const { stdout } = await shoal(['logs', '-n', '1000', ...at(host('host1'))], person());
    expect(stdout).toMatch(/"msg":"joined through server1 as host1"/);
    const folder = join(host('host1').dataFolder, 'logs');
    expect(statSync(join(folder, 'peer.1.log')).mode & 0o777).toBe(0o600);
  });

  it('keeps the control socket and the data folder for their user', () => {
    expect(statSync(host('host1').controlSocket).mode & 0o777).toBe(0o600);
    expect(statSync(host('host1').dataFolder).mode & 0o077).toBe(0);
  });

  it('clean finds an unfinished download, and deletes it and what is told of it', async () => {
    await publish(host('host1'), 'big.bin', 'x'.repeat(3_000_000));
    const limited = ['get', 'big.bin', '-o', fileAt(host('host2'), 'big.bin'), '--max-down', '300KiB'];
    const download = startShoal([...limited, '--json', ...at(host('host2'))], person());
    await download.line(/"event":"progress".*"chunks":[1-9]/);
    download.child.kill('SIGINT');
    expect((await download.end).code).toBe(130);
    const [found] = await until(
      () => shoalJson(['clean', '--dry-run', '--older', '1ms', ...at(host('host2'))], person()),
      (all) => all.length > 0,
    );
    expect(found).toMatchObject({ event: 'found', kind: 'part-file', peer: 'host2', name: 'big.bin' });
    expect(existsSync(found?.['path'] as string)).toBe(true);
    expect((await shoal(['clean', '--yes', '--older', '1ms', ...at(host('host2'))], person())).code).toBe(0);
    expect(existsSync(found?.['path'] as string)).toBe(false);
    expect(await sharedBy(host('host2'))).not.toContain('big.bin');
  });

  it('dead-letters shows why, and drops', async () => {
    const connection = await connect(services.amqpUrl('publisher'));
    const channel = await connection.createConfirmChannel();
    channel.publish(`${id}.requests`, 'transfer.download', Buffer.from('{"file":""}'));
    await channel.waitForConfirms();
    await connection.close();
    const [letter] = await until(
      () => shoalJson(['dead-letters'], person()),
      (letters) => letters.length > 0,
    );
    expect(letter).toMatchObject({ code: 'bad-message', queue: `${id}.transfer`, key: 'transfer.download' });
    const dropped = await shoal(['dead-letters', 'drop', letter?.['id'] as string], person());
    expect(dropped.code).toBe(0);
    expect(await shoalJson(['dead-letters'], person())).toEqual([]);
  });

  (hasIpv6 ? it : it.skip)('moves a file over IPv6', async () => {
    const six = await network.addPeer({ name: 'host6', listen: '[::1]:0' });
    await publish(six, 'six.txt', 'over six');
    const lines = await shoalJson(['get', 'six.txt', '--listen', '[::1]:0', '--check'], person());
    expect(eventOf(lines, 'done')['from']).toMatchObject([{ name: 'host6', chunks: 1 }]);
    const peers = await shoal(['peers'], person());
    expect(peers.stdout).toMatch(/^host6 +[0-9a-f]{8} +\[::1\]:\d+ +server1 +serving/m);
  });

  it('says which port is taken', async () => {
    const port = String((host('host1').announced as { port?: number }).port);
    const args = ['peer', '--name', 'late', '--listen', `127.0.0.1:${port}`, '--data', run.path('late')];
    const { code, stdout } = await shoal(args, { ...person(), env: { ...person().env, LOG_FORMAT: 'json' } });
    expect(code).toBe(1);
    expect(stdout).toContain(`127.0.0.1:${port}`);
    expect(stdout).toMatch(/Choose another address or port/);
  });
});
