import { formatRanges, rangesOf, ShoalError, type ChunkIndex } from '#core';
import { chunkNamer } from '#chunking';
import type { ChunkFileScan } from './chunk-file-scan.js';

/** Names and reasons said in one message. */
const SAID_MAX = 8;

/** What is missing and what is wrong, by number and name. @returns undefined when every chunk was found */
export const missingChunks = (scan: ChunkFileScan, name: string | undefined): ShoalError | undefined => {
  if (scan.missing.isEmpty) return undefined;
  const wrong = scan.wrongFiles;
  const absent = [...scan.missing].filter((chunk) => !wrong.has(chunk));
  const sentences = [
    ...(absent.length === 0 ? [] : [absentText(absent, name)]),
    ...wrongTexts(
      [...wrong].map(([chunk, file]) => `${file.name} is not chunk ${chunk + 1}: it ${file.why}`),
    ),
  ];
  return new ShoalError(wrong.size > 0 ? 'chunk-wrong-digest' : 'not-found', sentences.join('; '), {
    hint: `Fetch them: shoal chunk get ${name ?? 'NAME'} ${formatRanges(rangesOf(scan.missing)).replaceAll(' ', '')} -o FOLDER${wrong.size > 0 ? ' --force' : ''}`,
  });
};

const absentText = (chunks: readonly ChunkIndex[], name: string | undefined): string => {
  const numbers = formatRanges(rangesOf(chunks));
  const subject = chunks.length === 1 ? `chunk ${numbers} is missing` : `chunks ${numbers} are missing`;
  if (name === undefined) return subject;
  const names = chunks.slice(0, SAID_MAX).map(chunkNamer(name));
  return `${subject} (${names.join(', ')}${andMore(chunks.length)})`;
};

const wrongTexts = (texts: readonly string[]): string[] =>
  texts.length <= SAID_MAX
    ? [...texts]
    : [...texts.slice(0, SAID_MAX), `${texts.length - SAID_MAX} more are wrong`];

const andMore = (count: number): string => (count > SAID_MAX ? ` and ${count - SAID_MAX} more` : '');
