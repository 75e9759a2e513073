import { StringDecoder } from 'node:string_decoder';
import { ShoalError } from '#core';

/** Characters of one line: an event with 50 sources is about 10 KB. */
export const LINE_MAX = 1_048_576;

/**
 * Whole lines of a stream of UTF-8, without their breaks and without empty ones. A rest without a break is a line, too.
 * @throws ShoalError `limit-exceeded`
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.write(Buffer.from(chunk))).split('\n');
    rest = lines.pop() as string;
    for (const line of [...lines, rest]) {
      if (line.length > LINE_MAX)
        throw new ShoalError('limit-exceeded', `a line over ${LINE_MAX} characters`);
    }
    yield* lines.filter((line) => line !== '');
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}
