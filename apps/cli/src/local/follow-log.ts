import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** Between two looks for new lines, milliseconds; file systems that tell of changes by themselves do not all do so. */
const LOOK_MS = 250;

/** The last `count` lines of these files, the oldest file first. */
export const lastLines = async (files: readonly string[], count: number): Promise<string[]> => {
  let lines: string[] = [];
  for (const file of files.toReversed()) {
    if (lines.length >= count) break;
    lines = [...(await linesFrom(file, 0)).lines, ...lines];
  }
  return lines.slice(Math.max(0, lines.length - count));
};

/**
 * Every line that is written from now on, into the newest file and those that come after it, until the signal is raised.
 * @param files asked again at each look
 */
export async function* followLines(
  files: () => readonly string[],
  signal: AbortSignal,
): AsyncGenerator<string> {
  let current = files().at(-1);
  let offset = current === undefined ? 0 : await sizeOf(current);
  while (!signal.aborted) {
    if (current !== undefined) {
      const { lines, end } = await linesFrom(current, offset);
      offset = end;
      yield* lines;
    }
    const newest = files().at(-1);
    if (newest !== current) [current, offset] = [newest, 0];
    else await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Whole lines only: one that is being written is read at the next look. */
const linesFrom = async (file: string, offset: number): Promise<{ lines: string[]; end: number }> => {
  const size = await sizeOf(file);
  // Written anew from its beginning.
  const start = size < offset ? 0 : offset;
  if (size === start) return { lines: [], end: start };
  const lines: string[] = [];
  let end = start;
  const stream = createReadStream(file, { start, end: size - 1 });
  let lastByte = 0;
  stream.on('data', (chunk) => (lastByte = (chunk as Buffer).at(-1) ?? lastByte));
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    lines.push(line);
    end += Buffer.byteLength(line) + 1;
  }
  if (lastByte !== 0x0a) {
    const rest = lines.pop();
    end -= Buffer.byteLength(rest ?? '') + 1;
  }
  return { lines, end };
};

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );
