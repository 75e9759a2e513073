import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LINE_MAX, linesOf } from './ndjson.js';

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

const linesIn = async (chunks: readonly Uint8Array[]): Promise<string[]> => {
  const lines: string[] = [];
  for await (const line of linesOf(streamOf(chunks))) lines.push(line);
  return lines;
};

describe('linesOf', () => {
  it('gives the same lines however the bytes are split', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n'))),
        fc.integer({ min: 1, max: 7 }),
        async (lines, step) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const chunks: Buffer[] = [];
          for (let at = 0; at < bytes.length; at += step) chunks.push(bytes.subarray(at, at + step));
          expect(await linesIn(chunks)).toEqual(lines);
        },
      ),
    );
  });

  it('takes a last line without a break and skips empty ones', async () => {
    expect(await linesIn([Buffer.from('a\n\nb')])).toEqual(['a', 'b']);
  });

  it('refuses a line without end before it fills the memory', async () => {
    const chunk = Buffer.alloc(LINE_MAX / 4, 'x');
    await expect(linesIn(Array.from({ length: 6 }, () => chunk))).rejects.toMatchObject({
      code: 'limit-exceeded',
    });
  });
});
