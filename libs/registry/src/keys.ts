/**
 * Every Redis key of Shoal. All keys of one network share a prefix, its id: `shoal:peer:<peerId>`. BullMQ has its own.
 * Scripts compute keys from ids (`luaKey`), so this is not for Redis Cluster; high availability is Sentinel's (D1).
 */
const STEMS = {
  /** Hash: the record, where its messages stand in order, the number of its inventory, the report coming in. */
  peer: 'peer:',
  /** Sorted set, all scores 0: every peer id, for pages. */
  peers: 'peers',
  /** Sorted set: peer id by the moment of its last lease. */
  leases: 'leases',
  /** String that expires: incarnation of a peer that left, so that an older join cannot bring it back. */
  left: 'left:',
  /** Sorted set per peer name: peer id by the moment of its join; names are not unique. */
  peerName: 'peer-name:',

  /** Hash: peer id -> when it was here last, its name and labels, of every peer that stays longer than a moment. */
  roster: 'roster',

  /** Sorted set per accused peer that expires: accuser by the moment of its newest accusation. */
  accusers: 'accusers:',
  /** String that expires: the moment until which a peer is not handed out, as several accuse it. */
  shunned: 'shunned:',

  /** Counter of inventories. */
  inventories: 'inventories',
  /** Hash per inventory: file id -> `held/chunks`. What one peer holds, since its last full report. */
  inventory: 'inventory:',
  /** Bitmap per inventory and file of which some chunks are missing. */
  bits: 'bits:',
  /** Bitmap per inventory that is coming in: parts that have arrived. */
  parts: 'parts:',
  /** Hash: inventory -> peer id. */
  owners: 'owners',
  /** Set: inventories that count, the current ones of live peers. */
  live: 'live',
  /** Set per file: inventories with every chunk. */
  full: 'full:',
  /** Set per file: inventories with some chunks. */
  part: 'part:',
  /** List: inventories that no longer count and wait to be taken apart. */
  garbage: 'garbage',
  /** Sorted set: peer id by the moment its unfinished report began. */
  stages: 'stages',
  /** Hash per peer: file id -> sequence of its newest retraction. */
  retracted: 'retracted:',
  /** Sorted set per peer: its newest acknowledgements by sequence. */
  journal: 'journal:',
  /** Bitmap that lives only inside one script. */
  scratch: 'scratch',

  /** Hash per file: what its manifest says, and the name and version that point to it. */
  file: 'file:',
  /** Set per file: `version name` of every version that points to it. */
  pointers: 'pointers:',
  /** Sorted set: file that no peer should hold, by the moment when that is forgotten. */
  dropped: 'dropped',
  /** Sorted set: `version name` that was taken away, by the moment when that is forgotten. */
  removed: 'removed',
  /** Hash: id of this life of Redis, the moment when it began. */
  registry: 'registry',
  /** String that expires, per request: what an unpublish removed, so that it answers the same when it is repeated. */
  unpublished: 'unpublished:',
  /**
   * Hash per name: version -> what it is; `latest`, `sha256` of the latest; `highest` number ever given while the name
   * has lived, so that a number never comes back as something else.
   */
  versions: 'versions:',
  /** Sorted set, all scores 0: every published name. */
  names: 'names',

  /** Hash per distribution: request, state, targets per state. */
  distribution: 'distribution:',
  /** Hash per distribution: peer id -> row. */
  rows: 'rows:',
  /** Sorted set per distribution: targets that wait for their turn, by rank. */
  queue: 'queue:',
  /** Sorted set per distribution: targets that wait to try again, by the moment. */
  retries: 'retries:',
  /** Sorted set per distribution: claimed targets whose command nobody has confirmed, by the moment of the claim. */
  unsent: 'unsent:',
  /** Set per distribution: targets that must be told to stop. */
  stopping: 'stopping:',
  /** Hash: distribution that follows a name -> the name and the request as JSON. */
  follows: 'follows',
  /** Sorted set: distribution id by the moment it was made. */
  distributions: 'distributions',
  /** Set per peer: distributions with a row of it that is not settled, or that it was not told to stop. */
  pending: 'pending:',
  /** String that expires, per idempotency key: distribution id. */
  idempotency: 'idempotency:',
  /** Sorted set: message id of a fact that has not been confirmed, by the moment it became true. */
  outbox: 'outbox',

  /** Hash per placement: all of it as JSON, its revision. */
  placement: 'placement:',
  /** Sorted set: placement that nobody has told the end of, by the moment it was made. */
  placements: 'placements',
  /** String that expires, per idempotency key: placement id. */
  placementKey: 'placement-key:',

  /** String that expires: written to find out whether Redis takes writes. */
  probe: 'probe',
} as const;
export type Stem = keyof typeof STEMS;

/** BullMQ's queue of steps and the prefix of its keys. */
export const JOBS = {
  steps: 'steps',
  prefix: (networkId: string): string => `${networkId}:bull`,
} as const;

/** The prefix of a network's keys. */
export const keyPrefix = (networkId: string): string => `${networkId}:`;

/** A key, for a command. */
export const redisKey = (prefix: string, stem: Stem, ...ids: readonly (string | number)[]): string =>
  `${prefix}${STEMS[stem]}${ids.join(':')}`;

/** The Lua expression for the same key in a script whose KEYS[1] is the prefix; `ids` are Lua expressions. */
export const luaKey = (stem: Stem, ...ids: readonly string[]): string =>
  `(KEYS[1]..${[`'${STEMS[stem]}'`, ids.join("..':'..")].filter((part) => part !== '').join('..')})`;
