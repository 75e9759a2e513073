import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { PeerId, ShoalError } from '#core';
import { EngineProcess, loadIdentity, probePeer, type EngineEvent, type EngineReady } from '#engine';

/** Built before the tests run. */
const ENTRY = join(process.cwd(), 'dist/libs/engine/src/main.js');

/** Real sockets and disks on a machine that may be busy; what is waited for are events. */
jest.setTimeout(60_000);

describe('EngineProcess', () => {
  let root: string;
  let engines: EngineProcess[];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'shoal-engine-'));
    engines = [];
  });

  afterEach(async () => {
    await Promise.all(engines.map((engine) => engine.stop()));
    await rm(root, { recursive: true, force: true });
  });

  const make = (name: string, folder = name): EngineProcess => {
    const engine = new EngineProcess({
      entry: ENTRY,
      settings: {
        dataFolder: join(root, folder, 'data'),
        listen: { host: '127.0.0.1', port: 0 },
        advertise: { host: '127.0.0.1' },
        networkId: 'test',
        name,
        keyFile: join(root, folder, 'key.pem'),
      },
    });
    engines.push(engine);
    return engine;
  };

  const peerIdOf = async (name: string): Promise<PeerId> =>
    (await loadIdentity(join(root, name, 'key.pem'))).peerId;

  it('serves and downloads in processes of their own', async () => {
    const [seeder, leecher] = [make('seeder'), make('leecher')];
    const [seederReady] = await Promise.all([seeder.start(), leecher.start()]);
    expect(seederReady.pid).not.toBe(process.pid);
    const events: EngineEvent[] = [];
    leecher.onEvent((event) => events.push(event));
    const content = Buffer.alloc(700_000, 'shoal ');
    await writeFile(join(root, 'song'), content);
    const manifest = await seeder.digest(join(root, 'song'), 65_536);
    await seeder.serve(manifest, join(root, 'song'), 'song');
    const peerId = await peerIdOf('seeder');
    const source = { peerId, incarnation: 0, name: 'seeder', host: '127.0.0.1', port: seederReady.port };
    const target = join(root, 'got');
    const result = await leecher.download({ manifest, target, force: false, sources: [source] });
    expect(result.from).toEqual([{ peerId, name: 'seeder', chunks: 11, bytes: 700_000 }]);
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(events.some(({ kind }) => kind === 'held')).toBe(true);
  });

  it('is started again after a kill, with its incarnation, and holds what it held', async () => {
    const engine = make('one');
    const ready = await engine.start();
    await engine.setIncarnation(7);
    await writeFile(join(root, 'song'), 'la la la');
    await engine.serve(await engine.digest(join(root, 'song')), join(root, 'song'), 'song');
    const down = new Promise<string>((resolve) => engine.onDown(resolve));
    const again = new Promise<EngineReady>((resolve) => engine.onReady(resolve));
    const pending = engine.manifestFromNeighbours('ab'.repeat(32) as never);
    await pending;
    process.kill(ready.pid, 'SIGKILL');
    expect(await down).toBe('SIGKILL');
    await expect(engine.holdings()).rejects.toMatchObject({ code: 'engine-down', retry: 'transient' });
    const second = await again;
    expect(second.pid).not.toBe(ready.pid);
    expect(second.holdings.map(({ name }) => name)).toEqual(['song']);
    const target = { networkId: 'test', host: '127.0.0.1', port: second.port, peerId: await peerIdOf('one') };
    expect(await probePeer({ ...target, incarnation: 7 }, 3_000)).toMatchObject({ name: 'one' });
  });

  it('rejects what is open when the engine dies', async () => {
    const engine = make('one');
    const { pid } = await engine.start();
    const manifest = await engine.digest(process.execPath);
    const open = engine.download({ manifest, target: join(root, 'never'), force: false, sources: [] });
    const failure = open.catch((error: ShoalError) => error.code);
    await engine.progress();
    process.kill(pid, 'SIGKILL');
    expect(await failure).toBe('engine-down');
  });

  it('says why the first engine cannot start', async () => {
    await make('one').start();
    await expect(make('two', 'one').start()).rejects.toMatchObject({ code: 'data-folder-in-use' });
  });

  it('does not outlive its parent, however that ends', async () => {
    const settings = {
      dataFolder: join(root, 'data'),
      listen: { host: '127.0.0.1', port: 0 },
      advertise: { host: '127.0.0.1' },
      networkId: 'test',
      keyFile: join(root, 'key.pem'),
    };
    const program = `
      import { EngineProcess } from ${JSON.stringify(join(process.cwd(), 'dist/libs/engine/src/index.js'))};
      const engine = new EngineProcess({ entry: ${JSON.stringify(ENTRY)}, settings: ${JSON.stringify(settings)} });
      const { pid, port } = await engine.start();
      process.stdout.write(JSON.stringify({ pid, port }));`;
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(parent.stdout, 'data')) as [Buffer];
    const { pid, port } = JSON.parse(said.toString()) as { pid: number; port: number };
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    const deadline = Date.now() + 5_000;
    while (isAlive(pid) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isAlive(pid)).toBe(false);
    expect(await dial(port)).toBe('ECONNREFUSED');
  });

  it('answers nobody any more once it has stopped', async () => {
    const engine = make('one');
    const { port } = await engine.start();
    await engine.stop();
    expect(await dial(port)).toBe('ECONNREFUSED');
    expect(engine.pid).toBeUndefined();
  });
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** `connected`, or the code of the error. */
const dial = (port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    socket.once('connect', () => {
      socket.destroy();
      resolve('connected');
    });
  });
