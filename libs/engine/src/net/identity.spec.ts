import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PEER_ID_PATTERN } from '#core';
import { ephemeralIdentity, loadIdentity, verifySignature } from './identity.js';

describe('the identity of a peer', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shoal-key-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('is made once, for its owner only, and the same ever after', async () => {
    const path = join(folder, 'deep', 'key.pem');
    const loaded = await Promise.all([1, 2, 3].map(() => loadIdentity(path)));
    const again = await loadIdentity(path);
    expect(new Set([...loaded, again].map(({ peerId }) => peerId)).size).toBe(1);
    expect(again.peerId).toMatch(PEER_ID_PATTERN);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'deep'))).toEqual(['key.pem']);
  });

  it('signs what others can check', () => {
    const [one, other] = [ephemeralIdentity(), ephemeralIdentity()];
    const text = Buffer.from('shoal');
    expect(verifySignature(one.publicKey, text, one.sign(text))).toBe(true);
    expect(verifySignature(other.publicKey, text, one.sign(text))).toBe(false);
    expect(verifySignature(new Uint8Array(32), text, one.sign(text))).toBe(false);
  });

  it.each([
    ['no key', () => 'hello'],
    [
      'another kind of key',
      () =>
        generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
          format: 'pem',
          type: 'pkcs8',
        }),
    ],
  ])('is refused from a file with %s', async (_what, content) => {
    const path = join(folder, 'key.pem');
    await writeFile(path, content());
    await expect(loadIdentity(path)).rejects.toMatchObject({ code: 'bad-config' });
  });
});
