import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { environmentOf, startOneShotPeer, type OneShotOptions } from './one-shot-peer.js';

const PROGRAM = fileURLToPath(new URL('../test-support/fake-peer.mjs', import.meta.url));

describe('startOneShotPeer', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-one-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const options = (fake = ''): OneShotOptions => ({
    place: { anchors: [{ name: 'server1', url: 'amqp://h' }], networkId: 'shoal' },
    env: { ...process.env, FAKE_PEER: fake },
    root: folder,
    dataFolder: join(folder, 'data'),
    program: PROGRAM,
  });

  it('starts a peer that may touch only the folder, and ends it', async () => {
    const peer = await startOneShotPeer(options());
    const status = await peer.client.status();
    expect(status).toMatchObject({ roots: [folder], name: `cli-${process.pid}` });
    await peer.stop();
    await peer.ended;
    await peer.stop();
    await expect(peer.client.status()).rejects.toMatchObject({ code: 'peer-offline' });
  });

  it('says why the peer did not start', async () => {
    await expect(startOneShotPeer(options('broken'))).rejects.toMatchObject({
      message: 'the one-shot peer did not start: PEER_LISTEN is "nowhere"',
    });
  });

  it('ends the peer when it is interrupted while starting', async () => {
    const abort = new AbortController();
    const started = startOneShotPeer(options(), abort.signal);
    abort.abort();
    await expect(started).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('takes nothing from a daemon that is configured in the same shell', () => {
    const env = {
      PATH: '/bin',
      PEER_LISTEN: '0.0.0.0:7000',
      PEER_LABELS: 'a=b',
      MAX_UP: '1',
      AMQP_URL: 'amqp://x',
    };
    expect(environmentOf({ ...options(), env, maxUp: 5, advertise: 'me:1' })).toEqual({
      PATH: '/bin',
      ANCHORS: 'server1=amqp://h',
      SHOAL_NETWORK: 'shoal',
      PEER_NAME: `cli-${process.pid}`,
      PEER_ROOTS: folder,
      PEER_DATA: join(folder, 'data'),
      PEER_ADVERTISE: 'me:1',
      MAX_UP: '5',
      PEER_COMMANDS: 'off',
      PEER_LOG: 'off',
      SHOAL_PARENT_PIPE: '1',
    });
  });
});
