import type { Bitfield } from '#core';
import type { DownloadSettings, UploadSettings } from '#swarm';

/** One machine of a simulated network. Times in milliseconds, rates in bytes a millisecond. */
export interface HostPlan {
  /** The network's when left out. */
  readonly up?: number;
  readonly down?: number;
  /** When it asks the anchor; 0 when left out. */
  readonly joinsAt?: number;
  readonly diesAt?: number;
  /** Stops doing anything, connections stay open; undefined `thawsAt`: for ever. */
  readonly freezesAt?: number;
  readonly thawsAt?: number;
  /** Chance that a chunk it sends is wrong. */
  readonly lies?: number;
  readonly have?: Bitfield;
  readonly wanted?: Bitfield;
  /** Number of its rack; 0 when left out. */
  readonly rack?: number;
}

export interface NetworkPlan {
  readonly seed: number;
  readonly chunkCount: number;
  readonly chunkBytes: number;
  /** Bytes of the last chunk; as the others when left out. */
  readonly lastChunkBytes?: number;
  /** Of every link, both ways, unless a host says otherwise. */
  readonly rate: number;
  /** One way, between hosts of one rack. */
  readonly latency: number;
  /** Share of packets that is lost. */
  readonly loss?: number;
  /** How racks are joined; without it all hosts are as near as those of one rack. */
  readonly far?: FarLink;
  /** False: the seeders announce everything from the start. */
  readonly grants: boolean;
  readonly seeders: readonly HostPlan[];
  readonly peers: readonly HostPlan[];
  /** Time from the last byte of a chunk until it is verified and written. */
  readonly verifyMs?: number;
  /** Data moves in pieces of this size; a quarter of a chunk, at least 16 KiB, when left out. */
  readonly blockBytes?: number;
  /** Virtual time after which the run gives up. */
  readonly limit: number;
  readonly download?: Partial<DownloadSettings>;
  readonly upload?: Partial<UploadSettings>;
  readonly mesh?: Partial<MeshLimits>;
  /** Default true: handshakes tell round trips. */
  readonly knowsRoundTrips?: boolean;
  /** Books are checked after every step (slow). */
  readonly checked?: boolean;
}

/** The link between two racks, one of its own for every direction. */
export interface FarLink {
  readonly rate: number;
  readonly latency: number;
}

/** As the engine's limits of the same names. */
export interface MeshLimits {
  readonly sources: number;
  readonly partialSources: number;
  readonly candidates: number;
  /** Connections that others made to one peer. */
  readonly accepted: number;
  /** Downloaders at a peer that has all, and at one that has not; who is refused is told of others. */
  readonly downloaders: number;
  readonly partialDownloaders: number;
  /** Between two questions for peers to the same connection. */
  readonly getPeersMs: number;
  /** Addresses in one answer, of a peer or of the anchor. */
  readonly handout: number;
}

export const MESH_DEFAULTS: MeshLimits = {
  sources: 50,
  partialSources: 16,
  candidates: 250,
  accepted: 1_088,
  downloaders: 1_024,
  partialDownloaders: 20,
  getPeersMs: 5_000,
  handout: 50,
};

/** 50 Mbit/s in bytes a millisecond. */
export const FIFTY_MBIT = 6_250;
