import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { anchorVariables } from './anchor-config.js';
import { readEnvironment } from './environment.js';

const schema = z.object(anchorVariables);
const right = { AMQP_URL: 'amqp://a:secret@h1,amqp://a:secret@h2', ANCHOR_NAME: 'server1' };
const complaint = (environment: Record<string, string>): string => {
  try {
    readEnvironment(schema, environment);
    return 'none';
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'bad-config' });
    return (thrown as Error).message;
  }
};

describe('configuration', () => {
  it('has defaults for all but the addresses and the name', () => {
    expect(readEnvironment(schema, right)).toEqual({
      AMQP_URL: ['amqp://a:secret@h1', 'amqp://a:secret@h2'],
      ANCHOR_NAME: 'server1',
      SHOAL_NETWORK: 'shoal',
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      HEALTH_PORT: undefined,
      HEALTH_HOST: '127.0.0.1',
      QUEUE_TYPE: 'classic',
    });
  });

  it('takes an empty variable as left out', () => {
    expect(readEnvironment(schema, { ...right, LOG_LEVEL: '', HEALTH_PORT: '' })).toMatchObject({
      LOG_LEVEL: 'info',
    });
  });

  it.each([
    ['0', undefined],
    ['none', undefined],
    ['8080', 8080],
  ])('HEALTH_PORT=%s', (text, port) => {
    expect(readEnvironment(schema, { ...right, HEALTH_PORT: text }).HEALTH_PORT).toBe(port);
  });

  it('names each variable, what it got and what it wants', () => {
    expect(complaint({ ...right, ANCHOR_NAME: 'Server 1' })).toBe(
      'ANCHOR_NAME is "Server 1": it wants lower-case letters, digits and "-", at most 32, for example server1',
    );
    expect(complaint({})).toMatch(/AMQP_URL is not set: it wants amqp:\/\/.*; ANCHOR_NAME is not set/);
    expect(complaint({ ...right, QUEUE_TYPE: 'lazy' })).toBe(
      'QUEUE_TYPE is "lazy": it wants classic, quorum',
    );
    expect(complaint({ ...right, HEALTH_PORT: '70000' })).toMatch(/HEALTH_PORT is "70000": it wants a port/);
  });

  it('shows no password', () => {
    const text = complaint({ ...right, AMQP_URL: 'http://user:s3cr:e@t/@host' });
    expect(text).toContain('http://user:***@host');
    expect(text).not.toContain('s3cr');
  });
});
