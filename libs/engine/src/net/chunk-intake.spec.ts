import { describe, expect, it } from '@jest/globals';
import { Manifest } from '#chunking';
import type { Arrival } from '#swarm';
import { BufferPool } from './buffer-pool.js';
import { ChunkIntake } from './chunk-intake.js';

/** Three chunks of 1,024 bytes and one of 100. */
const MANIFEST = new Manifest({
  size: 3_172,
  sha256: '00'.repeat(32),
  chunkSize: 1_024,
  digestAlgorithm: 'sha256',
  digests: new Uint8Array(4 * 32),
});

const setUp = (verdict: (chunk: number) => Arrival = () => 'wanted') => {
  const whole: { chunk: number; text: string | undefined }[] = [];
  let bytes = 0;
  const intake = new ChunkIntake(MANIFEST, new BufferPool(1_024, 10_000), {
    began: verdict,
    bytes: (count) => (bytes += count),
    whole: (chunk, buffer) => whole.push({ chunk, text: buffer?.toString('latin1', 0, 4) }),
  });
  const frame = (chunk: number, offset: number, length: number, text: string): void => {
    const target = intake.reserve(chunk, offset, length);
    if (target !== undefined) Buffer.from(target.buffer, target.byteOffset, length).fill(text);
    intake.arrived(length);
    intake.frame({ type: 'data', chunk, offset, length });
  };
  return { intake, whole, frame, bytes: () => bytes };
};

const bad = expect.objectContaining({ code: 'bad-frame' });

describe('ChunkIntake', () => {
  it('puts the frames of a chunk together', () => {
    const { whole, frame, bytes } = setUp();
    frame(1, 0, 600, 'ab');
    expect(whole).toEqual([]);
    frame(1, 600, 424, 'cd');
    frame(3, 0, 100, 'xy');
    expect(whole).toEqual([
      { chunk: 1, text: 'abab' },
      { chunk: 3, text: 'xyxy' },
    ]);
    expect(bytes()).toBe(1_124);
  });

  it('reads and throws away what came elsewhere meanwhile', () => {
    const { intake, whole, frame } = setUp((chunk) => (chunk === 0 ? 'duplicate' : 'wanted'));
    expect(intake.reserve(0, 0, 1_024)).toBeUndefined();
    intake.arrived(1_024);
    intake.frame({ type: 'data', chunk: 0, offset: 0, length: 1_024 });
    frame(1, 0, 600, 'ab');
    intake.drop(1);
    expect(intake.reserve(1, 600, 424)).toBeUndefined();
    intake.arrived(424);
    intake.frame({ type: 'data', chunk: 1, offset: 600, length: 424 });
    expect(whole.map(({ text }) => text)).toEqual([undefined, undefined]);
  });

  it('lets a sender stop a chunk and begin another, or the same one again', () => {
    const { whole, frame } = setUp();
    frame(0, 0, 600, 'ab');
    frame(1, 0, 1_024, 'cd');
    frame(0, 0, 600, 'ef');
    frame(0, 600, 424, 'ef');
    expect(whole).toEqual([
      { chunk: 1, text: 'cdcd' },
      { chunk: 0, text: 'efef' },
    ]);
  });

  it.each([
    ['a chunk that the file does not have', 4, 0, 10],
    ['bytes past the end of a chunk', 3, 0, 101],
    ['bytes from the middle', 0, 10, 10],
  ])('refuses %s', (_what, chunk, offset, length) => {
    expect(() => setUp().intake.reserve(chunk, offset, length)).toThrow(bad);
  });

  it('refuses what nobody asked for, and a hole', () => {
    expect(() => setUp(() => 'unasked').intake.reserve(0, 0, 10)).toThrow(bad);
    const { intake, frame } = setUp();
    frame(0, 0, 100, 'ab');
    expect(() => intake.reserve(0, 200, 10)).toThrow(bad);
    expect(() => intake.reserve(1, 100, 10)).toThrow(bad);
  });
});
