import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ShoalError, type FileId } from '#core';
import { Manifest } from '#chunking';
import type { ControlMessage, ManifestFragment } from '#wire';
import { ENGINE_LIMITS } from '../engine-limits.js';
import { ManifestExchange } from './manifest-exchange.js';
import type { Session } from './session.js';

const MANIFEST = new Manifest({
  size: 10_000 * 1_024,
  sha256: '00'.repeat(32),
  chunkSize: 1_024,
  digestAlgorithm: 'sha256',
  digests: new Uint8Array(10_000 * 32).fill(7),
});
const { fileId } = MANIFEST;

/** Two exchanges whose sessions deliver to each other; `change` may spoil what the answering side says. */
const pair = (
  known: Manifest | undefined,
  change: (fragment: ManifestFragment) => ManifestFragment = (f) => f,
) => {
  const asker = new ManifestExchange(() => undefined);
  const answerer = new ManifestExchange(() => known);
  let unread = 0;
  let failure: ShoalError | undefined;
  const toAsker = {
    get queuedBytes() {
      return unread;
    },
    send: (...messages: ControlMessage[]) => {
      for (const message of messages) {
        try {
          asker.received(toAnswerer, change(message as ManifestFragment));
        } catch (error) {
          failure = error as ShoalError;
          asker.closed(toAnswerer);
        }
      }
    },
  } as unknown as Session;
  const toAnswerer = {
    isReady: true,
    send: (message: { fileId: FileId }) => answerer.serve(toAsker, message.fileId),
  } as unknown as Session;
  return { ask: () => asker.ask(toAnswerer, fileId), fill: () => (unread = 2e6), failure: () => failure };
};

describe('ManifestExchange', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('brings a manifest of several fragments over', async () => {
    expect((await pair(MANIFEST).ask())?.fileId).toBe(fileId);
  });

  it('tells when the other side does not have it', async () => {
    expect(await pair(undefined).ask()).toBeUndefined();
  });

  it('takes no manifest that does not prove itself', async () => {
    const spoiled = pair(MANIFEST, (fragment) => ({
      ...fragment,
      bytes: Buffer.from(fragment.bytes).map((byte, at) =>
        fragment.offset === 0 && at === 200 ? byte ^ 1 : byte,
      ),
    }));
    expect(await spoiled.ask()).toBeUndefined();
    expect(spoiled.failure()?.code).toBe('bad-manifest');
  });

  it.each(['not json', '[]', 'null', '{"fileId":3}', `{"fileId":"${fileId}"}`])(
    'takes no %s',
    async (json) => {
      const bytes = Buffer.from(json);
      const fake = pair(undefined, (fragment) => ({ ...fragment, total: bytes.length, bytes }));
      expect(await fake.ask()).toBeUndefined();
      expect(fake.failure()?.code).toBe('bad-manifest');
    },
  );

  it('serves nobody who has not read what it got', async () => {
    const full = pair(MANIFEST);
    full.fill();
    await expect(full.ask()).rejects.toMatchObject({ code: 'limit-exceeded' });
  });

  it('does not wait for ever', async () => {
    const silent = { isReady: true, send: () => undefined } as unknown as Session;
    const exchange = new ManifestExchange(() => undefined);
    const answer = exchange.ask(silent, fileId);
    expect(await exchange.ask(silent, fileId)).toBeUndefined();
    await jest.advanceTimersByTimeAsync(ENGINE_LIMITS.manifestMs);
    expect(await answer).toBeUndefined();
  });
});
