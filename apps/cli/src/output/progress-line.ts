import { formatDuration, formatRate, formatSize } from '#core';
import stringWidth from 'string-width';
import { clean } from './sanitize.js';
import { counted } from './sizes.js';

export interface ProgressFacts {
  readonly label: string;
  readonly bytes: number;
  readonly size: number;
  /** Bytes a second. */
  readonly rate: number;
  readonly sources?: number | undefined;
  readonly chunks?: number | undefined;
  readonly chunkCount?: number | undefined;
}

const LABEL_WIDTH = 24;
const BAR_MIN = 10;
const BAR_MAX = 40;
const ETA_MAX_MS = 99 * 3_600_000;

export const percentOf = ({ bytes, size }: Pick<ProgressFacts, 'bytes' | 'size'>): number =>
  size === 0 ? 100 : Math.min(100, Math.floor((bytes / size) * 100));

/** Milliseconds until the end at the present rate; undefined while nothing or next to nothing moves. */
export const etaOf = ({ bytes, size, rate }: ProgressFacts): number | undefined => {
  const milliseconds = rate > 0 ? ((size - bytes) / rate) * 1_000 : Infinity;
  return milliseconds <= ETA_MAX_MS ? milliseconds : undefined;
};

/** One line of at most `columns` characters; what matters least goes first when it is narrow. */
export const renderBar = (facts: ProgressFacts, columns: number): string => {
  const label = shorten(clean(facts.label), LABEL_WIDTH);
  const percent = `${String(percentOf(facts)).padStart(3)}%`;
  const details = detailsOf(facts);
  for (let kept = details.length; kept >= 0; kept--) {
    const tail = [percent, ...details.slice(0, kept)].join('  ');
    const room = columns - 1 - stringWidth(label) - stringWidth(tail) - 2;
    if (room >= BAR_MIN) return `${label} ${barOf(facts, Math.min(BAR_MAX, room))} ${tail}`;
  }
  return percent.trim();
};

/** The same facts for a log or a pipe. */
export const renderPlain = (facts: ProgressFacts): string =>
  [
    `${clean(facts.label)}: ${percentOf(facts)}%`,
    `${formatSize(facts.bytes)} of ${formatSize(facts.size)}`,
    ...detailsOf(facts),
  ].join(', ');

/** Most important first. */
const detailsOf = (facts: ProgressFacts): string[] => {
  const details = facts.bytes < facts.size ? speedOf(facts) : [];
  if (facts.sources !== undefined) details.push(counted(facts.sources, 'source'));
  if (facts.chunks !== undefined && facts.chunkCount !== undefined) {
    details.push(`${facts.chunks}/${facts.chunkCount} chunks`);
  }
  return details;
};

const speedOf = (facts: ProgressFacts): string[] => {
  const eta = etaOf(facts);
  return [formatRate(facts.rate), `ETA ${eta === undefined ? '-' : formatDuration(eta)}`];
};

const barOf = (facts: ProgressFacts, width: number): string => {
  const done = Math.floor((percentOf(facts) / 100) * width);
  return '█'.repeat(done) + '░'.repeat(width - done);
};

const shorten = (text: string, width: number): string => {
  if (stringWidth(text) <= width) return text;
  const kept: string[] = [];
  let used = 1;
  for (const character of text) {
    used += stringWidth(character);
    if (used > width) break;
    kept.push(character);
  }
  return `${kept.join('')}…`;
};
