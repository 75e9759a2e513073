import { describe, expect, it } from '@jest/globals';
import { ShoalError } from '#core';
import { peerConfigFrom } from './config.js';

const base = { ANCHORS: 'server1=amqp://u:secret@h1:5672,server2=amqp://h2', PEER_NAME: 'host7' };
const problem = (env: Record<string, string>): ShoalError => {
  try {
    peerConfigFrom({ ...base, ...env });
  } catch (error) {
    return error as ShoalError;
  }
  throw new Error('it was accepted');
};

describe('peer configuration', () => {
  it('says how much others may place here', () => {
    expect(peerConfigFrom(base).storageMax).toBe('default');
    expect(peerConfigFrom({ ...base, PEER_STORAGE_MAX: '20GiB' }).storageMax).toBe(20 * 1_024 ** 3);
    expect(peerConfigFrom({ ...base, PEER_STORAGE_MAX: '0' }).storageMax).toBe(0);
    expect(peerConfigFrom({ ...base, PEER_COMMANDS: 'off' }).storageMax).toBeUndefined();
    expect(problem({ PEER_STORAGE_MAX: 'much' }).message).toMatch('PEER_STORAGE_MAX');
  });

  it('reads everything', () => {
    const config = peerConfigFrom({
      ...base,
      PEER_LISTEN: '[::1]:7000-7010',
      PEER_ADVERTISE: 'host7.example:7001',
      PEER_ROOTS: '/srv/a:/srv/b',
      PEER_LABELS: 'rack=b, role=edge',
      PEER_DATA: '/var/lib/shoal',
      MAX_UP: '50Mbit',
      MAX_DOWN: '1MiB/s',
      PEER_COMMANDS: 'off',
    });
    expect(config).toEqual({
      anchors: [
        { name: 'server1', url: 'amqp://u:secret@h1:5672' },
        { name: 'server2', url: 'amqp://h2' },
      ],
      networkId: 'shoal',
      name: 'host7',
      listen: { host: '::1', port: 7000, lastPort: 7010 },
      advertise: { host: 'host7.example', port: 7001 },
      roots: ['/srv/a', '/srv/b'],
      labels: { rack: 'b', role: 'edge' },
      dataFolder: '/var/lib/shoal',
      maxUp: 6_250_000,
      maxDown: 1_048_576,
      keepsLog: true,
      takesCommands: false,
    });
  });

  it.each([
    ['/xdg', '/xdg/shoal/host7'],
    ['', '/home/me/.local/share/shoal/host7'],
    ['relative', '/home/me/.local/share/shoal/host7'],
  ])('has its data folder where XDG_DATA_HOME=%j says', (given, folder) => {
    const env = { ...base, PEER_NAME: 'host7', HOME: '/home/me', XDG_DATA_HOME: given };
    expect(peerConfigFrom(env).dataFolder).toBe(folder);
  });

  it('binds to loopback and keeps files below its data folder when nothing is said', () => {
    const config = peerConfigFrom({ ...base, PEER_DATA: '/d' });
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 0 });
    expect(config.advertise).toEqual({ host: '127.0.0.1' });
    expect(config.roots).toEqual(['/d/files']);
    expect(config.takesCommands).toBe(true);
  });

  it.each([
    ['ANCHORS', 'Server One=amqp://h'],
    ['ANCHORS', 'server1=http://h'],
    ['PEER_NAME', 'a b'],
    ['PEER_LISTEN', 'h:99999'],
    ['PEER_LISTEN', 'h:7010-7000'],
    ['PEER_LABELS', 'rack'],
    ['PEER_LABELS', 'Rack=b'],
    ['MAX_UP', 'fast'],
    ['MAX_DOWN', '0'],
    ['SHOAL_NETWORK', 'Two Words'],
    ['PEER_COMMANDS', 'maybe'],
  ])('says what %s=%s should be', (variable, value) => {
    const error = problem({ [variable]: value });
    expect(error.code).toBe('bad-config');
    expect(error.message).toContain(variable);
    expect(error.hint).toBeDefined();
  });

  it('never prints a password', () => {
    expect(problem({ ANCHORS: 'server1=amq://u:secret@h1' }).message).not.toContain('secret');
  });

  it('wants an address to advertise when it listens on all', () => {
    expect(problem({ PEER_LISTEN: '0.0.0.0:7000' }).hint).toContain('PEER_ADVERTISE');
  });

  it('says how to name anchors when there are none', () => {
    expect(problem({ ANCHORS: '' }).hint).toContain('server1=amqp://');
  });
});
