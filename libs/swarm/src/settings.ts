import { KIB, MIB } from '#core';

/** Numbers of the download side. Milliseconds and bytes. "Measured" means policy measurements at 50 Mbit/s, 64 KiB. */
export interface DownloadSettings {
  /**
   * Chunks open over all sources, at least: fewer leave sources idle, more wait longer where few hold them. In the simulator with 1,000 peers and 1 GiB
   * in 512 chunks of 2 MiB 10 are 1.111 of the chunked bound, 12 1.115, 14 1.131.
   */
  readonly openChunksMin: number;
  /**
   * ... and while they are so few bytes up to `smallChunksMin` of them: a peer on a busy machine is not run for as long as many small chunks take, and asks
   * for nothing meanwhile. Behind real links, 16 peers of 50 Mbit/s on two cores, chunks of 64 KiB: 14 chunks 1.249, 10 1.304 (medians of four in turn). In
   * the simulator, four seeders and 16 MiB: 1.09 and 1.12.
   */
  readonly smallChunksBytes: number;
  readonly smallChunksMin: number;
  /** Chunks open over all sources, at most: bounds the ledger when chunks are tiny. */
  readonly openChunksMax: number;
  /** Bytes open over all sources, at most (never below 2 chunks): bounds the memory of chunks in flight. */
  readonly openBytesMax: number;
  /** Chunks open at one source, at least: one being sent, one waiting. Measured: 1 costs 3 %. */
  readonly depthMin: number;
  /** ... but 1 at a source this many times slower than the best. In the simulator 2 slow peers of 16 then cost 3 % less. */
  readonly slowFactor: number;
  /** Chunks open at one source, at most. Stays below the upload queue's cap per connection. */
  readonly depthMax: number;
  /** ANY requests open at one granting seeder, at most. Stays below the upload queue's cap per connection. */
  readonly anyMax: number;
  /**
   * A window holds what arrives in this time: little enough to ask late. Where it is
   * less than the least number of chunks (50 Mbit/s, 64 KiB) it does not matter; at 0.5 to 1 Gbit/s the simulator says
   * 15 ms 1.03-1.04 of the bound, 30 ms 1.03-1.07, 60 ms 1.03-1.13, 120 ms 1.3-1.8 (slowest of 8 and 16).
   */
  readonly windowMs: number;
  /**
   * ... but at least this many round trips: a window of one would never grow out of a low rate. In the simulator 4 are
   * better than 2 at 100 ms one way (1.38 against 1.59 of the bound, N = 16) and the same below 25 ms.
   */
  readonly windowRoundTrips: number;
  /** ... and never more than this. */
  readonly windowMsMax: number;
  /** A round trip that was not measured but guessed may include the source's queue, which must not feed back: capped. */
  readonly guessedRoundTripMax: number;
  /** The window is measured anew at most this often: it can double about as often as that while it grows ... */
  readonly measureEveryMs: number;
  /** ... and only when a source did something, or after this time. */
  readonly measureWithinMs: number;
  /** Weight of the newest sample in a source's rate. */
  readonly rateWeight: number;
  /** Sources of equal queue time are ordered at random: the key is stretched by up to this share. */
  readonly rankingJitter: number;
  /** Chunk times remembered per source, and the percentile of them that a deadline starts from. */
  readonly historyLength: number;
  readonly historyPercentile: number;
  /** Chunk times remembered over all sources; from half of that on they stand in for a history that is missing. */
  readonly pooledLength: number;
  /** Deadline = percentile times this, within floor and ceiling. */
  readonly deadlineFactor: number;
  /** Below this a pause of the garbage collector or of the scheduler would look like a stall. */
  readonly deadlineFloorMs: number;
  readonly deadlineCeilingMs: number;
  /** Deadline at a source without history: this much plus the chunk at `assumedRate`. */
  readonly firstDeadlineMs: number;
  /** Bytes a second that a source without history is given before it counts as late. */
  readonly assumedRate: number;
  /** No source is late for less than this many times what the others need for what is open there ... */
  readonly drainFactor: number;
  /** ... up to this: silent sources must not excuse each other for long. */
  readonly drainMaxMs: number;
  /** Once a chunk's bytes flow, a pause this long is a stall. */
  readonly flowPauseMs: number;
  /** Sources are looked at for passed deadlines at most this often, and at least this often while there are any. */
  readonly watchEveryMs: number;
  readonly watchWithinMs: number;
  /** A suspect source that nobody depends on is tried again with one chunk after this time. */
  readonly probeAfterMs: number;
  /** Stalls in a row without a byte in between after which a source is closed. */
  readonly stallsMax: number;
  /** A source without any progress is closed after this much plus the chunk at `uselessRate`. */
  readonly silentMs: number;
  /** Bytes a second; who is slower than that is no use as a source. */
  readonly uselessRate: number;
  /** A seeder that owes only grants may be silent this many times longer: its queue may be everybody. */
  readonly grantPatience: number;
  /** How long a silent or refusing source is not dialled again; spread over this range. */
  readonly uselessBanMs: readonly [number, number];
  /** Copies of one chunk open at once while none of them is late. Measured: 2 cost 0.3-0.5 % of bytes. */
  readonly copiesMax: number;
  /** ... and including the late ones. */
  readonly copiesHardMax: number;
  /** Chunks looked at in one round of the endgame, the longest asked first: bounds the cost with tiny chunks. */
  readonly endgameLooks: number;
  /** ... and in the endgame it looks again this often although nothing happens. */
  readonly endgameEveryMs: number;
  /** A source that is silent for less does not pause: its turn may just not have come. */
  readonly endgamePauseMs: number;
  /** Amid a chunk a source pauses when it is silent for this share of what nine in ten of its chunks took. */
  readonly endgamePauseShare: number;
  /** In the endgame a chunk that is under way is asked again where it would come this many times sooner. */
  readonly rescueFactor: number;
  /** Refusals in a row after which a source is closed: it announces what it does not give. */
  readonly refusalsMax: number;
  /** Good chunks in a row that end parole. A second wrong chunk bans at any time. */
  readonly paroleChunks: number;
  /** Ban after wrong bytes, drawn from this range so that a swarm does not forgive all at once (aria2: 120-601 s). */
  readonly banMs: readonly [number, number];
  /** Offenders remembered after they left, at most. */
  readonly offendersMax: number;
  /** Wait after a NONE (for ANY) or a "busy" (for all) before it is asked there again; doubles up to the maximum. */
  readonly backOffMs: number;
  readonly backOffMsMax: number;
  /** Starved, too, when no bytes came for the default deadline although chunks are open. Starved this long before sources are sought (connections may just be opening), then at this interval. */
  readonly starvedAfterMs: number;
  readonly starvedEveryMs: number;
  /** With less than half a window open for so long, a peer asks far sources for what it should get from near ones. */
  readonly farPatienceMs: number;
  /** Fewer sources than this are few; sought soon, and then at intervals that double up to the longest, since a small network has no more. */
  readonly fewSources: number;
  readonly fewFirstMs: number;
  readonly fewEveryMs: number;
}

export const DOWNLOAD_DEFAULTS: DownloadSettings = {
  openChunksMin: 10,
  smallChunksBytes: 4 * MIB,
  smallChunksMin: 14,
  openChunksMax: 4_096,
  openBytesMax: 64 * MIB,
  depthMin: 2,
  slowFactor: 4,
  depthMax: 1_024,
  anyMax: 256,
  windowMs: 30,
  windowRoundTrips: 4,
  windowMsMax: 1_000,
  guessedRoundTripMax: 100,
  measureEveryMs: 10,
  measureWithinMs: 100,
  rateWeight: 0.2,
  rankingJitter: 0.1,
  historyLength: 32,
  historyPercentile: 0.9,
  pooledLength: 64,
  deadlineFactor: 3,
  deadlineFloorMs: 500,
  deadlineCeilingMs: 30_000,
  firstDeadlineMs: 2_000,
  assumedRate: 1_000_000,
  drainFactor: 2,
  drainMaxMs: 10_000,
  flowPauseMs: 2_000,
  watchEveryMs: 50,
  watchWithinMs: 250,
  probeAfterMs: 5_000,
  stallsMax: 4,
  silentMs: 30_000,
  uselessRate: 50_000,
  grantPatience: 10,
  uselessBanMs: [30_000, 60_000],
  copiesMax: 2,
  copiesHardMax: 4,
  endgameLooks: 64,
  endgameEveryMs: 25,
  endgamePauseMs: 50,
  endgamePauseShare: 0.2,
  rescueFactor: 2,
  refusalsMax: 16,
  paroleChunks: 16,
  banMs: [120_000, 600_000],
  offendersMax: 1_024,
  backOffMs: 1_000,
  backOffMsMax: 8_000,
  starvedAfterMs: 300,
  starvedEveryMs: 1_000,
  farPatienceMs: 1_000,
  fewSources: 4,
  fewFirstMs: 1_000,
  fewEveryMs: 10_000,
};

/** Numbers of the upload side. Milliseconds and bytes. */
export interface UploadSettings {
  /** Bytes sent and not acknowledged in all, before a rate is known. Measured: 8 x 64 KiB; 4 x costs 3 %. */
  readonly unacknowledgedStart: number;
  /** ... and at most: bounds the memory of chunks handed to sockets. */
  readonly unacknowledgedMax: number;
  /**
   * ... and at least this many chunks, however slow the link: what delays acknowledgements is mostly other chunks that
   * arrive at the same receiver, so it grows with the time of a chunk. In the simulator at 5 Mbit/s, N = 16: 2 chunks
   * 1.30 of the bound, 4 chunks 1.11, 8 chunks 1.05.
   */
  readonly unacknowledgedChunksMin: number;
  /** The budget covers this time at the measured rate, plus the shortest acknowledgement: the loaded round trip (84 ms measured). */
  readonly coverMs: number;
  /**
   * Chunks that a connection may hold unacknowledged before it ever acknowledged one; every acknowledgement allows one
   * more. Who collects chunks (or grants) and acknowledges none gets no more than this.
   */
  readonly unprovenPerConnection: number;
  /** Requests waiting per connection, at most; what comes on top is refused. */
  readonly queuedPerConnection: number;
  /** ANY requests waiting or unanswered per connection and file, at most: a liar cannot collect grants. */
  readonly anyPerConnection: number;
  /** A lower priority is held back as long as this share of what is acknowledged without that still is. */
  readonly holdShare: number;
  /** Looks, each half the patience for an acknowledgement long, before it is seen again what is acknowledged without that. */
  readonly holdLooks: number;
  /** Chunks for near downloaders between two for far ones, while both wait. */
  readonly nearPerFar: number;
  /** An unacknowledged chunk stops counting against the others after this many usual acknowledgement times ... */
  readonly overdueFactor: number;
  /** ... but not before this. */
  readonly overdueMs: number;
  /** Overdue chunks are looked for at most this often. */
  readonly watchEveryMs: number;
}

export const UPLOAD_DEFAULTS: UploadSettings = {
  unacknowledgedStart: 512 * KIB,
  unacknowledgedMax: 16 * MIB,
  unacknowledgedChunksMin: 8,
  coverMs: 84,
  unprovenPerConnection: 8,
  queuedPerConnection: 2_048,
  anyPerConnection: 256,
  holdShare: 0.85,
  holdLooks: 8,
  nearPerFar: 3,
  overdueFactor: 4,
  overdueMs: 500,
  watchEveryMs: 50,
};
