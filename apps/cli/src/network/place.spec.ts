import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findPlace, findPlaceIfAny } from './place.js';

const FILE = {
  network: 'local',
  anchors: 'server1=amqp://operator:secret@127.0.0.1:1,server2=amqp://operator:secret@127.0.0.1:1',
  peers: [{ name: 'host1', controlSocket: '/run/host1.sock', roots: ['/files'], pid: 7 }],
  adminUrl: 'http://127.0.0.1:2/',
};

describe('findPlace', () => {
  let folder: string;
  let below: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-place-'));
    below = join(folder, 'a', 'b');
    mkdirSync(below, { recursive: true });
    mkdirSync(join(folder, '.shoal'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (content: unknown): void =>
    writeFileSync(join(folder, '.shoal', 'network.json'), JSON.stringify(content));

  it('reads the nearest network file upwards', () => {
    write(FILE);
    const place = findPlace({ env: {}, cwd: below });
    expect(place.networkId).toBe('local');
    expect(place.anchors.map(({ name }) => name)).toEqual(['server1', 'server2']);
    expect(place.file?.peers[0]).toEqual({
      name: 'host1',
      controlSocket: '/run/host1.sock',
      roots: ['/files'],
    });
  });

  it('takes the flag before ANCHORS before AMQP_URL before the file', () => {
    write(FILE);
    const env = { ANCHORS: 'b=amqp://b', AMQP_URL: 'amqp://c' };
    const names = (question: Partial<Parameters<typeof findPlace>[0]>): string[] =>
      findPlace({ env: {}, cwd: below, ...question }).anchors.map(({ name, url }) => `${name} ${url}`);
    expect(names({ anchors: 'a=amqp://a', env })).toEqual(['a amqp://a']);
    expect(names({ env })).toEqual(['b amqp://b']);
    expect(names({ env: { ...env, ANCHORS: ' ' } })).toEqual(['any amqp://c']);
    expect(names({ env: { AMQP_URL: 'amqp://c, amqp://d' } })).toEqual(['any amqp://c', 'any amqp://d']);
    expect(names({})).toHaveLength(2);
  });

  it('is not the network of the file when anchors are given', () => {
    write(FILE);
    const place = findPlace({ anchors: 'a=amqp://a', env: {}, cwd: below });
    expect(place.file).toBeUndefined();
    expect(place.networkId).toBe('shoal');
  });

  it('takes the network id from the flag before SHOAL_NETWORK before the file', () => {
    write(FILE);
    const id = (network: string | undefined, env: Record<string, string>): string =>
      findPlace({ network, env, cwd: below }).networkId;
    expect(id('x', { SHOAL_NETWORK: 'y' })).toBe('x');
    expect(id(undefined, { SHOAL_NETWORK: 'y' })).toBe('y');
    expect(() => id('No!', {})).toThrow(expect.objectContaining({ code: 'bad-config' }));
  });

  it('says no-anchor where there is nothing', () => {
    expect(() => findPlace({ env: {}, cwd: below })).toThrow(expect.objectContaining({ code: 'no-anchor' }));
    expect(findPlaceIfAny({ env: {}, cwd: below })).toBeUndefined();
  });

  it('says which file is broken and why', () => {
    write({ ...FILE, anchors: 7 });
    expect(() => findPlace({ env: {}, cwd: below })).toThrow(/network\.json cannot be read: .*anchors/);
    writeFileSync(join(folder, '.shoal', 'network.json'), '{');
    expect(() => findPlace({ env: {}, cwd: below })).toThrow(expect.objectContaining({ code: 'bad-config' }));
  });

  it('shows no password of a wrong anchor', () => {
    let message = '';
    try {
      findPlace({ anchors: 'server1=http://user:secret@host', env: {}, cwd: below });
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toBe('--anchors has "http://***@host"');
  });

  it.each(['amqp://host', 'a=b', 'UPPER=amqp://h', 'a=amqp://h,', 'a=amqp://h,a=amqp://i'])(
    'refuses %s',
    (list) => {
      expect(() => findPlace({ anchors: list, env: {}, cwd: below })).toThrow(
        expect.objectContaining({ code: 'bad-config' }),
      );
    },
  );
});
