import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LocalStatus } from '#contracts';
import type { NetworkPlace } from '../network/place.js';
import { fakeControl, json, statusOf, type FakeControl } from '../test-support/fake-control.js';
import { isBelowRoots, type PeerQuestion } from './candidates.js';
import { elsewhereHome, noteElsewhere } from './elsewhere.js';
import { findDaemonFor, findDaemons } from './find-daemon.js';

describe('finding a daemon', () => {
  let home: string;
  let files: string;
  const running: FakeControl[] = [];
  beforeEach(() => {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'shoal-home-')));
    files = join(home, 'files');
    mkdirSync(files);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((control) => control.close()));
    rmSync(home, { recursive: true });
  });

  const daemon = async (name: string, status: Partial<LocalStatus> = {}): Promise<string> => {
    const folder = join(home, 'shoal', name);
    mkdirSync(folder, { recursive: true });
    const control = await fakeControl(
      (_request, response) => json(response, statusOf({ name, roots: [files], ...status })),
      join(folder, 'control.sock'),
    );
    running.push(control);
    return control.socketPath;
  };
  const question = (changes: Partial<PeerQuestion> = {}): PeerQuestion => ({
    env: { XDG_DATA_HOME: home },
    cwd: home,
    ...changes,
  });
  const found = async (changes: Partial<PeerQuestion> = {}): Promise<string | undefined> =>
    (await findDaemonFor(join(files, 'music.txt'), question(changes)))?.name;
  const place: NetworkPlace = { anchors: [{ name: 'server1', url: 'amqp://h' }], networkId: 'shoal' };

  it('is the first whose roots hold the file', async () => {
    await daemon('a', { roots: [join(home, 'elsewhere')] });
    await daemon('b');
    await daemon('c');
    expect(await found()).toBe('b');
  });

  it('is nobody when no roots hold it or nobody runs', async () => {
    expect(await found()).toBeUndefined();
    await daemon('a', { roots: [join(home, 'elsewhere')] });
    expect(await found()).toBeUndefined();
  });

  it('is not a daemon of another network or another anchor', async () => {
    await daemon('a', { networkId: 'other' });
    await daemon('b', { anchor: 'server9' });
    expect(await found({ place })).toBeUndefined();
    await daemon('c', { anchor: 'server1' });
    expect(await found({ place })).toBe('c');
    expect(await found({ place: { ...place, anchors: [{ name: 'any', url: 'amqp://h' }] } })).toBe('b');
  });

  it('looks at the peers of the network file first', async () => {
    await daemon('a');
    const controlSocket = await daemon('z');
    const peers = [{ name: 'z', controlSocket, roots: [files] }];
    const file = { network: 'shoal', anchors: '', path: 'network.json', peers };
    expect(await found({ place: { ...place, file } })).toBe('z');
  });

  it('is the named one whatever its roots are, by name, path or variable', async () => {
    const socket = await daemon('a', { roots: [] });
    await daemon('b');
    expect(await found({ peer: 'a' })).toBe('a');
    expect(await found({ peer: socket })).toBe('a');
    expect(await found({ env: { XDG_DATA_HOME: home, SHOAL_PEER_SOCKET: socket } })).toBe('a');
    await expect(found({ peer: 'nobody' })).rejects.toMatchObject({ code: 'not-found' });
    await expect(found({ peer: './gone.sock' })).rejects.toMatchObject({ code: 'peer-offline' });
  });

  it('is also one whose data folder is elsewhere, by its name, until that is gone', async () => {
    const data = mkdtempSync(join(tmpdir(), 'shoal-data-'));
    const control = await fakeControl(
      (_request, response) => json(response, statusOf({ name: 'far', roots: [files] })),
      join(data, 'control.sock'),
    );
    running.push(control);
    const { env } = question();
    noteElsewhere({ ...env, PEER_NAME: 'far', PEER_DATA: data });
    expect(await found()).toBe('far');
    expect(await found({ peer: 'far' })).toBe('far');
    expect((await findDaemons(question())).map(({ name }) => name)).toEqual(['far']);
    await control.close();
    rmSync(data, { recursive: true });
    expect(await findDaemons(question())).toEqual([]);
    noteElsewhere({ ...env, PEER_NAME: 'other', PEER_DATA: files });
    expect(readdirSync(elsewhereHome(env))).toEqual(['other']);
  });

  it('needs no note in the usual place', () => {
    const { env } = question();
    noteElsewhere({ ...env, PEER_NAME: 'a', PEER_DATA: join(home, 'shoal', 'a') });
    noteElsewhere({ ...env, PEER_NAME: 'a' });
    expect(existsSync(elsewhereHome(env))).toBe(false);
  });

  it('lists all that answer', async () => {
    await daemon('a');
    await daemon('b');
    await running[0]?.close();
    expect((await findDaemons(question())).map(({ name }) => name)).toEqual(['b']);
  });

  it('lists one-shot peers, too, but never works through one', async () => {
    await daemon('one-shot/0123', { name: 'cli-7' });
    expect(await found()).toBeUndefined();
    expect((await findDaemons(question())).map(({ name }) => name)).toEqual(['cli-7']);
    expect((await findDaemons(question({ peer: 'cli-7' }))).map(({ name }) => name)).toEqual(['cli-7']);
    await expect(findDaemons(question({ peer: 'cli-8' }))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('follows symlinks as the daemon does', () => {
    symlinkSync(files, join(home, 'link'));
    expect(isBelowRoots([files], join(home, 'link', 'x'))).toBe(true);
    expect(isBelowRoots([join(home, 'link')], join(files, 'x'))).toBe(true);
    expect(isBelowRoots([files], join(files, '..', 'x'))).toBe(false);
    expect(isBelowRoots([files], files)).toBe(false);
    expect(isBelowRoots([files], join(files, 'missing', 'x'))).toBe(false);
  });
});
