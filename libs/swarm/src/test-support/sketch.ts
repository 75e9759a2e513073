import { Bitfield, seededRandom, type Random } from '#core';
import type { Decision } from '../decision.js';
import { DownloadSwarm } from '../download-swarm.js';
import type { DownloadSettings } from '../settings.js';

/** `'* *'` is chunks 0 and 2 of 3. */
export const drawn = (text: string): Bitfield => {
  const field = new Bitfield(text.length);
  [...text].forEach((mark, chunk) => mark !== ' ' && field.set(chunk));
  return field;
};

/** The chunks of a bitfield as drawn, `'* *'`. */
export const drawing = (field: Bitfield): string =>
  [...Array(field.length).keys()].map((chunk) => (field.has(chunk) ? '*' : ' ')).join('');

export interface Sketch {
  readonly have: string;
  readonly wanted?: string;
  /** Chunks of each source, drawn. */
  readonly sources?: Readonly<Record<string, string>>;
  /** How many sources have each chunk, as digits: `'2110'`. They are called `a0`, `a1`, ... */
  readonly availability?: string;
  /** Sources that announce nothing and grant. */
  readonly granting?: readonly string[];
  readonly chunkBytes?: number;
  readonly settings?: Partial<DownloadSettings>;
  readonly random?: Random;
  /** What the receiver allows itself, bytes a second. */
  readonly limit?: number;
  readonly now?: number;
}

export const SKETCH_CHUNK = 65_536;

/** A download drawn in ASCII; nothing is decided yet. */
export const sketched = (sketch: Sketch): DownloadSwarm => {
  const { have, wanted, chunkBytes = SKETCH_CHUNK, now = 0 } = sketch;
  const swarm = new DownloadSwarm({
    chunkCount: have.length,
    chunkBytes: () => chunkBytes,
    have: drawn(have),
    ...(wanted === undefined ? {} : { wanted: drawn(wanted) }),
    random: sketch.random ?? seededRandom(1),
    settings: sketch.settings ?? {},
    limit: () => sketch.limit,
  });
  for (const [id, has] of Object.entries({ ...holders(sketch.availability), ...sketch.sources })) {
    swarm.addSource(id, { has: drawn(has), granting: false }, now);
  }
  for (const id of sketch.granting ?? []) {
    swarm.addSource(id, { has: new Bitfield(have.length), granting: true }, now);
  }
  return swarm;
};

/** Decisions as words: `'a<3'` asks a for chunk 3, `'a<any'`, `'a!3'` cancels, `'a?3'` has stalled, `'a#reason'`, `'seek'`. */
export const words = (decisions: readonly Decision[]): string[] => decisions.map(word);

const word = (decision: Decision): string => {
  switch (decision.kind) {
    case 'request':
      return `${decision.source}<${decision.chunk}`;
    case 'request-any':
      return `${decision.source}<any`;
    case 'cancel':
      return `${decision.source}!${decision.chunk}`;
    case 'stalled':
      return `${decision.source}?${decision.chunk}`;
    case 'close':
      return `${decision.source}#${decision.reason}`;
    case 'seek-sources':
      return 'seek';
  }
};

/** One source per row: row i has every chunk whose digit is above i. */
const holders = (availability = ''): Record<string, string> => {
  const rows: Record<string, string> = {};
  const most = Math.max(0, ...[...availability].map(Number));
  for (let row = 0; row < most; row++) {
    rows[`a${row}`] = [...availability].map((digit) => (Number(digit) > row ? '*' : ' ')).join('');
  }
  return rows;
};

/** The whole life of a chunk that was asked for. */
export const deliver = (swarm: DownloadSwarm, source: string, chunk: number, now: number): void => {
  swarm.chunkBegan(source, chunk, now);
  if (swarm.chunkArrived(source, chunk, now) === 'wanted') swarm.chunkVerified(source, chunk, now);
};
