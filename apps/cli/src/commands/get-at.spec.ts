import { describe, expect, it } from '@jest/globals';
import { REQUESTS } from '#contracts';
import { downloadRequest } from './get-at.js';

describe('downloadRequest', () => {
  const request = (output?: string) => {
    const { folder, saveAs } = downloadRequest('music.txt', { at: 'host7', output }) as {
      folder?: string;
      saveAs?: string;
    };
    return { folder, saveAs };
  };

  it('is a request of the public door', () => {
    const body = downloadRequest('music.txt@2', { at: 'host7', force: true, maxDown: 5 });
    expect(REQUESTS['transfer.download'].request.parse(body)).toMatchObject({
      file: 'music.txt@2',
      targets: ['host7'],
      force: true,
      maxDownRate: 5,
    });
  });

  it('has a key of its own each time', () => {
    const keys = [1, 2].map(() => downloadRequest('x', { at: 'host7' }).idempotencyKey);
    expect(new Set(keys).size).toBe(2);
  });

  it.each([
    [undefined, undefined, undefined],
    ['b.txt', undefined, 'b.txt'],
    ['a/b.txt', 'a', 'b.txt'],
    ['a/c/', 'a/c', undefined],
    ['./', undefined, undefined],
  ])('reads -o %s as folder %s and name %s', (output, folder, saveAs) => {
    expect(request(output)).toEqual({ folder, saveAs });
  });

  it.each(['/etc/passwd', '../x', 'a/../../x', 'a/..'])('refuses -o %s', (output) => {
    expect(() => request(output)).toThrow(expect.objectContaining({ code: 'bad-path' }));
  });

  it.each([{ check: true }, { seed: true }, { maxUp: 1 }, { chunks: [[0, 1]] as [number, number][] }])(
    'refuses what only works here: %j',
    (wrong) => {
      expect(() => downloadRequest('x', { at: 'host7', ...wrong })).toThrow(
        expect.objectContaining({ code: 'bad-config' }),
      );
    },
  );
});
