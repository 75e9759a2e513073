import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import getPort from 'get-port';
import { uniqueNetwork } from '../../../tools/network/unique-network.js';
import { Run } from '../../../tools/run/run.js';
import { testServices } from '../../../tools/services/test-environment.js';
import {
  isAlive,
  shoal,
  shoalJson,
  startShoal,
  until,
  type RunningShoal,
  type Surroundings,
} from './shoal.js';

const KINDS = ['connection', 'manifest', 'transfer'] as const;

describe('a network made by hand', () => {
  let run: Run;
  const services = testServices();
  const id = uniqueNetwork();
  const started: RunningShoal[] = [];

  beforeAll(async () => {
    run = await Run.open({ command: 'e2e cli processes' });
    await services.limitTopics(id);
  });
  afterAll(async () => {
    for (const { child } of started) child.kill('SIGKILL');
    await run?.close();
  });

  const common = (): Record<string, string | undefined> => ({
    ...run.environment,
    XDG_DATA_HOME: run.path('xdg'),
    SHOAL_NETWORK: id,
    AMQP_URL: undefined,
    REDIS_URL: undefined,
  });
  const person = (): Surroundings => ({
    cwd: run.path('person'),
    env: { ...common(), ANCHORS: `server1=${services.amqpUrl('operator')}` },
  });
  const start = (args: string[], env: Surroundings['env']): RunningShoal => {
    const running = startShoal(args, { cwd: run.path('person'), env: { ...common(), ...env } });
    started.push(running);
    return running;
  };
  const startAnchor = (name: string): RunningShoal =>
    start(['anchor', '--name', name, '--amqp', services.amqpUrl('anchor'), '--redis', services.redisUrl], {});
  const pidsOf = async (anchor: RunningShoal): Promise<number[]> =>
    Promise.all(
      KINDS.map(async (kind) =>
        Number(/pid (\d+)/.exec(await anchor.line(new RegExp(`${kind} is pid`)))?.[1]),
      ),
    );
  const peerNames = async (): Promise<unknown[]> =>
    (await shoalJson(['peers'], person())).map(({ name }) => name);
  const startPeer = async (name: string): Promise<RunningShoal> => {
    const peer = start(['peer', '--name', name, '--root', `files-${name}`, '--label', 'rack=b'], {
      HEALTH_PORT: String(await getPort()),
      ANCHORS: `server1=${services.amqpUrl('peer')}`,
    });
    await until(
      () => peerNames().catch((): unknown[] => []),
      (names) => names.includes(name),
      30_000,
    );
    return peer;
  };

  it('is one anchor and one peer, which a person can see, ask and make leave', async () => {
    const anchor = startAnchor('server1');
    const pids = await pidsOf(anchor);
    const peer = await startPeer('alone');
    const { stdout } = await shoal(['peers'], person());
    expect(stdout).toMatch(/^alone .* server1 +serving .* rack=b$/m);
    const status = await shoal(['status'], person());
    expect(status.stdout).toMatch(/^peer +alone [0-9a-f]{40}$/m);

    // The daemon of this user that may read the file is found without a flag.
    writeFileSync(join(run.path('person'), 'files-alone', 'note.txt'), 'hello');
    const published = await shoal(['publish', 'files-alone/note.txt'], person());
    expect(published.stdout).toMatch(/^alone serves it$/m);

    const [url] = /http:[^"]+/.exec(await peer.line(/health and metrics at/)) ?? [];
    expect(await (await fetch(`${url}/health`)).json()).toEqual({
      ...{ status: 'ok', checks: { broker: 'ok', anchor: 'ok', engine: 'ok' } },
    });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^shoal_files\{state="complete",.*peer="alone",process="peer"\} 1$/m);

    const limited = await shoal(['limit', '--max-up', '8Mbit'], person());
    expect(limited.stdout).toBe('alone: up 977 KiB/s, down unlimited');
    expect((await shoal(['status'], person())).stdout).toMatch(/^limits +up 977 KiB\/s, down unlimited$/m);

    process.kill(pids[1] as number, 'SIGKILL');
    await anchor.line(/manifest ended \(SIGKILL\); starting it again/);
    await until(
      async () => (await shoal(['search', 'note.txt'], person())).code,
      (code) => code === 0,
      30_000,
    );

    const left = await shoal(['leave'], person());
    expect(left.stdout).toBe('alone has left the network and ends');
    expect((await peer.end).code).toBe(0);
    expect(await peerNames()).toEqual([]);

    anchor.child.kill('SIGTERM');
    expect((await anchor.end).code).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    const silent = await shoal(['peers'], person());
    expect(silent.code).toBe(4);
    expect(silent.stderr).toMatch(/^error: the broker is there, but no anchor answers/);
  });

  it('leaves nothing of an anchor or a peer that is killed', async () => {
    const anchor = startAnchor('server1');
    const pids = await pidsOf(anchor);
    const peer = await startPeer('doomed');
    const [status] = await shoalJson(['status', '--peer', 'doomed'], person());
    peer.child.kill('SIGKILL');
    await until(
      () => isAlive(status?.['enginePid'] as number),
      (alive) => !alive,
      5_000,
    );
    await until(peerNames, (names) => names.length === 0, 5_000);
    anchor.child.kill('SIGKILL');
    await until(
      () => pids.filter(isAlive),
      (alive) => alive.length === 0,
      5_000,
    );
  });
});
