import { describe, expect, it } from '@jest/globals';
import { REQUESTS, type DownloadRequest } from '#contracts';
import { distributionIdOf, idempotencyKeyOf } from './download-request.js';

const request = (more: Partial<DownloadRequest> = {}): DownloadRequest => ({
  ...REQUESTS['transfer.download'].request.parse({ file: 'music.txt', targets: ['host7'] }),
  ...more,
});

describe('idempotency key', () => {
  it('is the one that was given, before the message id, before the content', () => {
    expect(idempotencyKeyOf(request({ idempotencyKey: 'k' }), 'm')).toBe('key:k');
    expect(idempotencyKeyOf(request(), 'm')).toBe('message:m');
    expect(idempotencyKeyOf(request(), undefined)).toMatch(/^content:[0-9a-f]{64}$/);
  });

  it('of the content does not depend on the order of fields, and sees every difference', () => {
    const { file, ...rest } = request();
    expect(idempotencyKeyOf({ ...rest, file }, undefined)).toBe(idempotencyKeyOf(request(), undefined));
    const keys = [
      request(),
      request({ force: true }),
      request({ folder: 'a' }),
      request({ targets: ['host8'] }),
    ];
    expect(new Set(keys.map((each) => idempotencyKeyOf(each, undefined))).size).toBe(4);
  });

  it('gives one id a key, and a key of another kind another id', () => {
    expect(distributionIdOf('key:a')).toBe(distributionIdOf('key:a'));
    expect(distributionIdOf('key:a')).not.toBe(distributionIdOf('message:a'));
    expect(distributionIdOf('key:a')).toMatch(/^d-[0-9a-f]{20}$/);
  });
});
