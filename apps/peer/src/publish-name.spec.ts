import { describe, expect, it } from '@jest/globals';
import { ShoalError } from '#core';
import type { AnchorLink } from './ports.js';
import { publishName } from './publish-name.js';

const body = { name: 'song.txt', manifest: {} } as Parameters<typeof publishName>[1];
const failing = (code: ConstructorParameters<typeof ShoalError>[0]): Pick<AnchorLink, 'request'> => ({
  request: () => Promise.reject(new ShoalError(code, 'as it is')),
});

describe('publishName', () => {
  it.each(['timeout', 'unroutable'] as const)('%s means that no anchor is there', async (code) => {
    await expect(publishName(failing(code), body)).rejects.toMatchObject({
      code: 'no-anchor',
      message: 'no anchor answers, so song.txt is not published',
      retry: 'transient',
    });
  });

  it('keeps what an anchor says', async () => {
    await expect(publishName(failing('bad-manifest'), body)).rejects.toMatchObject({ message: 'as it is' });
  });
});
