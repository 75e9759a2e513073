import { describe, it, expect, beforeEach } from '@jest/globals';
import { Bitfield, seededRandom } from '#core';
import { ContentHasher } from '#chunking';
import { FakeFileSystem, sampleFile } from '#testing';
import type { OpenFile } from './file-system.js';
import { recheckPart } from './part-recheck.js';

const file = sampleFile(5 * 8_192 + 300, 8_192);
const { manifest } = file;
const none = new Bitfield(manifest.chunkCount);

let fs: FakeFileSystem;
let part: OpenFile;
beforeEach(async () => {
  fs = new FakeFileSystem();
  part = await fs.open('/part', 'create');
  await part.truncate(manifest.size);
  await part.sync();
  await fs.syncFolder('/');
});
const put = (chunk: number): Promise<void> => part.write(file.chunk(chunk), manifest.offsetOf(chunk));

describe('recheckPart', () => {
  it('finds what was written and is right', async () => {
    for (const chunk of [0, 3, 5]) await put(chunk);
    await part.write(file.chunk(2), manifest.offsetOf(1));
    expect(await recheckPart(part, manifest, none)).toEqual([0, 3, 5]);
  });

  it('does not read what is vouched for', async () => {
    await put(0);
    expect(await recheckPart(part, manifest, Bitfield.full(manifest.chunkCount))).toEqual([]);
  });

  it('reads only a little of a chunk that was never written', async () => {
    let bytes = 0;
    const counting: OpenFile = Object.create(part, {
      read: {
        value: async (into: Uint8Array, position: number) => {
          bytes += into.length;
          return part.read(into, position);
        },
      },
    }) as OpenFile;
    await recheckPart(counting, manifest, none);
    expect(bytes).toBeLessThanOrEqual(manifest.chunkCount * 3 * 4_096);
  });

  it('finds a chunk that begins or ends with zeros', async () => {
    const zeros = new Uint8Array(16_384);
    zeros[8_191] = 1;
    zeros[8_192 + 4_000] = 1;
    const hasher = new ContentHasher(zeros.length, 8_192);
    hasher.update(zeros);
    await part.truncate(zeros.length);
    await part.write(zeros, 0);
    expect(await recheckPart(part, hasher.finish(), new Bitfield(2))).toEqual([0, 1]);
  });

  it('writes what it finds once more, so that the next fsync covers it after one that failed', async () => {
    await put(4);
    fs.faults.add('sync', 'EIO');
    await part.sync().catch(() => undefined);
    expect(await recheckPart(part, manifest, none)).toEqual([4]);
    await part.sync();
    const after = fs.restarted('nothing', seededRandom(1)).bytesOf('/part') as Uint8Array;
    const start = manifest.offsetOf(4);
    expect(Buffer.from(after.subarray(start, start + 8_192)).equals(Buffer.from(file.chunk(4)))).toBe(true);
  });
});
