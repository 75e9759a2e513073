/** A source is one connection that this peer downloads through; the engine chooses the text (a peer id does). */
export type SourceId = string;

/** In place of a chunk number: "give me any chunk that nobody was given yet" (asked of a granting seeder only). */
export const ANY = 0xffffffff;

/**
 * What a download wants done now. A returned decision counts as carried out: the ledger holds it already.
 * - `request`: send REQUEST(chunk).
 * - `request-any`: send REQUEST(ANY).
 * - `cancel`: send CANCEL(chunk) and discard what still comes of it from there.
 * - `stalled`: for reports only. The deadline passed; the chunk is asked elsewhere as soon as someone else has room.
 * - `close`: close the connection and do not dial again for `banMs`. The source is forgotten already; it may be one
 *   that was removed before (its chunk turned out wrong after it left).
 * - `seek-sources`: nobody has what is missing, or the sources are few. Repeated while it lasts (see settings).
 */
export type Decision =
  | { readonly kind: 'request'; readonly source: SourceId; readonly chunk: number }
  | { readonly kind: 'request-any'; readonly source: SourceId }
  | { readonly kind: 'cancel'; readonly source: SourceId; readonly chunk: number }
  | { readonly kind: 'stalled'; readonly source: SourceId; readonly chunk: number }
  | { readonly kind: 'close'; readonly source: SourceId; readonly reason: string; readonly banMs: number }
  | { readonly kind: 'seek-sources' };

/** What to do with a chunk that begins or has come: keep it, read and discard it, or treat it as a violation. */
export type Arrival = 'wanted' | 'duplicate' | 'unasked';
