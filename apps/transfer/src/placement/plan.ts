import type { Plan, PlanQuestion } from './plan-types.js';
import { acrossDomains, byDomain } from './fault-domains.js';
import { Layout } from './layout.js';
import { missingCopies } from './missing.js';
import { capsFor, quotasFor } from './peer-quotas.js';

/**
 * A file is laid over about so many peers: a downloader has connections to 16 incomplete sources at a time, and the more
 * peers each have a little, the likelier that some chunk is on none that lives.
 */
export const SPREAD_PEERS = 16;

/**
 * Who gets which chunks, so that each is on `copies` peers. What is there already counts. No peer gets a chunk twice, more
 * than it has room for, or all of them where there are other peers; each gets few ranges, in proportion to its room. Two
 * copies of a chunk share a rack (zone) only where it cannot be helped.
 *
 * All copies are laid out in one line, one after the other, and every peer gets one piece of it: a piece that is no longer
 * than the file has no chunk twice (McNaughton's rule), and neither have all pieces of a rack together, since they lie side
 * by side. With nothing there yet this finds a plan whenever there is one; with copies lying around and space nearly
 * exhausted it may not.
 */
export const planCopies = (question: PlanQuestion): Plan => {
  const { chunkCount, copies, peers } = question;
  const total = missingCopies(question);
  if (total === 0) return { kind: 'plan', additions: new Map() };
  const usable = peers.filter(({ room, has }) => room > 0 || !has.isEmpty);
  if (usable.length < copies) {
    return { kind: 'short', peers: copies - usable.length, chunks: shortOf(question, total) };
  }
  const best = acrossDomains(peers.filter(({ room }) => room > 0).sort((a, b) => b.room - a.room));
  const peersWanted = Math.max(SPREAD_PEERS, 2 * copies);
  const wide = Math.max(1, Math.ceil((peersWanted * total) / (chunkCount * copies)));
  const others = usable.length > copies;
  for (const caps of capsFor(chunkCount, others)) {
    for (const count of widths(wide, best.length)) {
      const chosen = byDomain(best.slice(0, count));
      const quotas = quotasFor(chosen, total, caps);
      if (quotas === undefined) continue;
      for (const wish of WISHES) {
        const avoidWhole = wish.avoidWhole && others;
        const layout = new Layout(question, chosen, quotas, { ...wish, avoidWhole, spare: best });
        if (layout.fill()) return { kind: 'plan', additions: layout.additions() };
      }
    }
  }
  return { kind: 'short', peers: 0, chunks: shortOf(question, total) };
};

/** What is given up first when all of it leaves some chunk without a place. */
const WISHES = [
  { respectDomains: true, avoidWhole: true },
  { respectDomains: false, avoidWhole: true },
  { respectDomains: false, avoidWhole: false },
];

/** How many peers to try it with: as many as wanted, then more, then all. */
const widths = (wanted: number, all: number): number[] => {
  const counts: number[] = [];
  for (let count = wanted; count < all; count *= 2) counts.push(count);
  return [...counts, all];
};

/** At least 1: with copies lying around there may be room enough, and none of it where it would help. */
const shortOf = ({ chunkCount, peers }: PlanQuestion, total: number): number =>
  Math.max(1, total - peers.reduce((sum, { room, has }) => sum + Math.min(room, chunkCount - has.count), 0));
