import { describe, expect, it } from '@jest/globals';
import { testContext } from '../test-support/test-context.js';
import { anchorEnvironment, healthPort } from './anchor.js';
import { peerEnvironment } from './peer.js';

describe('peerEnvironment', () => {
  it('is the flags, with paths from the working folder', () => {
    const context = testContext({ cwd: '/home/me', env: { ANCHORS: 'a=amqp://h' } });
    const options = {
      root: ['files', '/srv'],
      label: ['rack=b', 'role=edge'],
      data: 'data',
      maxDown: 5,
      network: 'n1',
    };
    expect(peerEnvironment(options, context)).toEqual({
      ANCHORS: 'a=amqp://h',
      SHOAL_NETWORK: 'n1',
      PEER_ROOTS: '/home/me/files:/srv',
      PEER_LABELS: 'rack=b,role=edge',
      PEER_DATA: '/home/me/data',
      MAX_DOWN: '5',
    });
  });

  it('leaves variables alone that have no flag', () => {
    const context = testContext({ env: { AMQP_URL: 'amqp://h,amqp://i', PEER_NAME: 'host7' } });
    expect(peerEnvironment({}, context)).toEqual({ AMQP_URL: 'amqp://h,amqp://i', SHOAL_NETWORK: 'shoal' });
  });

  it('has a log for people on a terminal, unless told otherwise', () => {
    const env = { ANCHORS: 'a=amqp://h' };
    const terminal = { ...testContext({ env }), stdout: { write: () => true, isTTY: true } };
    expect(peerEnvironment({}, terminal)).toMatchObject({ LOG_FORMAT: 'pretty' });
    const told = { ...terminal, env: { ...env, LOG_FORMAT: 'json' } };
    expect(peerEnvironment({}, told)).not.toHaveProperty('LOG_FORMAT');
  });
});

describe('anchorEnvironment', () => {
  it('takes flags before variables', () => {
    const env = { AMQP_URL: 'amqp://a', REDIS_URL: 'redis://a', PATH: '/bin' };
    expect(anchorEnvironment({ name: 'server1', redis: 'redis://b', network: 'n1' }, env)).toEqual({
      PATH: '/bin',
      ANCHOR_NAME: 'server1',
      AMQP_URL: 'amqp://a',
      REDIS_URL: 'redis://b',
      SHOAL_NETWORK: 'n1',
    });
  });

  it.each([
    [{ name: 'Server 1' }, {}, /--name/],
    [{ name: 's' }, { REDIS_URL: 'redis://a' }, /AMQP_URL/],
    [{ name: 's' }, { AMQP_URL: 'amqp://a' }, /REDIS_URL/],
    [
      { name: 's' },
      { AMQP_URL: 'amqp://a', REDIS_URL: 'redis://a', HEALTH_PORT: '65534' },
      /HEALTH_PORT is "65534"/,
    ],
    [{ name: 's' }, { AMQP_URL: 'amqp://a', REDIS_URL: 'redis://a', HEALTH_PORT: 'x' }, /HEALTH_PORT is "x"/],
  ])('says what is wrong: %j %j', (options, env, message) => {
    expect(() => anchorEnvironment(options, env)).toThrow(message);
  });

  it('gives each process a health port of its own', () => {
    const ports = (text: string) =>
      [0, 1, 2].map((index) => healthPort({ HEALTH_PORT: text }, index).HEALTH_PORT);
    expect(ports('8081')).toEqual(['8081', '8082', '8083']);
    expect(ports('65533')).toEqual(['65533', '65534', '65535']);
    expect(ports('0')).toEqual(['0', '0', '0']);
    expect(ports('')).toEqual([undefined, undefined, undefined]);
  });
});
