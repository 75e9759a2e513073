/**
 * Caps on everything that a message may carry. Each bounds work or memory that a remote party could ask for.
 */
export const MESSAGE_LIMITS = {
  /** Bytes of one message's body. A manifest of 65,536 chunks is about 2.9 MB of JSON. */
  bodyBytes: 4 * 1_024 * 1_024,
  /** Labels of one peer. */
  labels: 32,
  /** Peers in one handout: `connection.join`, `manifest.get`. */
  handoutPeers: 50,
  /** Peers that a request may exclude from its handout. */
  excludedPeers: 200,
  /** Rows in one page of a listing. */
  pageRows: 500,
  /** Files in one holdings report; a peer that holds more sends several parts. */
  reportFiles: 1_000,
  /** Ranges of one file in an acknowledgement or report. */
  rangesPerFile: 4_096,
  /** Names that a peer gives back to a new Redis in one message; with a manifest all are of that file. */
  restoredNames: 256,
  /** Highest number of a version that is given back: the next one is one higher. */
  restoredVersion: 1_000_000,
  /** Files in one acknowledgement. */
  acknowledgedFiles: 256,
  /** Targets named in one request (selectors reach more). */
  targets: 10_000,
  /** Characters of one target in a request; words of a selector; brackets inside each other. */
  selectorCharacters: 1_000,
  selectorTerms: 64,
  selectorDepth: 16,
  /** Waves of a distribution. */
  waves: 20,
  /** Tries of one target after the first. */
  retries: 20,
  /** Milliseconds from a failure to the next try. */
  retryDelayMs: 3_600_000,
  /** Milliseconds from now to the start or the deadline of a distribution. */
  aheadMs: 365 * 24 * 3_600_000,
  /** Targets whose outcome the fact that a distribution has ended lists. */
  listedResults: 200,
  /** Names that distributions follow at the same time. */
  follows: 1_000,
  /** Copies of each chunk that a placement may ask for. */
  copies: 16,
  /** Chunks of a file. */
  chunks: 65_536,
  /** Bytes of one chunk: 1 KiB to 64 MiB. */
  chunkBytesMin: 1_024,
  chunkBytesMax: 64 * 1_024 * 1_024,
  /** Files, folders and links of a tree; bytes of its index. */
  treeEntries: 250_000,
  treeIndexBytes: 32 * 1_024 * 1_024,
  /** Bytes of a file name. */
  nameBytes: 255,
  /** Characters of a search pattern. */
  patternCharacters: 255,
  /** Characters of free text: reasons, evidence. */
  textCharacters: 1_000,
  /** Characters of an idempotency key, a message id, a correlation id. */
  keyCharacters: 255,
} as const;
