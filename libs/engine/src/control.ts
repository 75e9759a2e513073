import type { ChunkRange, ErrorDocument, FileId, Incarnation, PeerId } from '#core';
import type { ManifestJson } from '#chunking';

/** How the control plane drives the data plane. Both sides of the process border implement or call exactly this. */

export interface EngineSettings {
  /** Folder for manifests, records and keys; part files lie beside their targets. Locked while the engine runs. */
  readonly dataFolder: string;
  readonly listen: { readonly host: string; readonly port: number; readonly lastPort?: number };
  /** What other peers are told to dial. */
  readonly advertise: { readonly host: string; readonly port?: number };
  readonly networkId: string;
  /** How this peer is called in the messages of others; the first digits of its id when left out. */
  readonly name?: string;
  /** Path of the Ed25519 private key (PKCS#8 PEM, 0600). */
  readonly keyFile: string;
  /** Bytes a second over all connections; undefined is unlimited. */
  readonly upRate?: number;
  readonly downRate?: number;
}

export interface SourceAddress {
  readonly peerId: PeerId;
  readonly incarnation: Incarnation;
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** What a peer holds of one file. */
export interface Holding {
  readonly fileId: FileId;
  readonly chunkCount: number;
  readonly ranges: readonly ChunkRange[];
}

export interface HeldFileInfo extends Holding {
  readonly name?: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly state: 'complete' | 'partial' | 'downloading';
  /** Plain files of a tree. */
  readonly files?: number;
}

/** A file, or chunks of one, that lies in a certain folder. */
export interface PlaceInfo extends Holding {
  readonly name?: string;
  /** Where it is, or would be, delivered. */
  readonly target: string;
  /** The file on disk: `target` once it is complete, before that its part file. */
  readonly path: string;
  /** Bytes of the chunks that are held here. */
  readonly bytes: number;
  /** Of `ranges`, what lies nowhere else on this machine. */
  readonly only: readonly ChunkRange[];
  /** It is being filled. */
  readonly busy: boolean;
  /** Chunks that it was meant to get are missing. */
  readonly unfinished: boolean;
  /** When a chunk of the file was last sent to somebody, milliseconds since 1970; undefined: not since the start. */
  readonly usedAt?: number;
}

export interface DownloadOrder {
  readonly manifest: ManifestJson;
  /** The published name, for messages. */
  readonly name?: string;
  /** Absolute path of the file to write; of a folder where `chunkFiles` is set. */
  readonly target: string;
  /** Replace a file that is there. */
  readonly force: boolean;
  /** Only these chunks; the file stays a sparse part file that is served by bitmap. All when left out. */
  readonly only?: readonly ChunkRange[];
  /** Make a chunk file of every chunk (`music3.txt`) in the folder `target`, and the manifest file beside them if wanted. */
  readonly chunkFiles?: { readonly manifestFile: boolean };
  readonly sources: readonly SourceAddress[];
  /** Bytes a second for this download. */
  readonly downRate?: number;
  /** 0 to 9: its weight where bandwidth is shared, here and at its sources; 5 when left out. */
  readonly priority?: number;
}

export interface SourceTally {
  readonly peerId: PeerId;
  readonly name: string;
  readonly chunks: number;
  readonly bytes: number;
}

export interface DownloadProgress {
  readonly fileId: FileId;
  readonly bytes: number;
  readonly size: number;
  readonly chunks: number;
  readonly chunkCount: number;
  /** Bytes a second over the last few seconds. */
  readonly rate: number;
  /** Sources that are connected. */
  readonly sources: number;
  readonly from: readonly SourceTally[];
}

/** Bytes of whole chunks since the engine started. */
export interface TrafficInfo {
  /** To other peers. */
  readonly sentBytes: number;
  /** From other peers, verified. */
  readonly receivedBytes: number;
}

export interface DownloadResult {
  readonly fileId: FileId;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly milliseconds: number;
  readonly from: readonly SourceTally[];
  /** True when every chunk was there before. */
  readonly alreadyThere: boolean;
  /** Plain files of a tree. */
  readonly files?: number;
}

export interface EngineReady {
  readonly pid: number;
  readonly port: number;
  readonly holdings: readonly HeldFileInfo[];
}

/** A folder of chunk files, after it was read. */
export interface SharedChunks extends Holding {
  /** Real path of the folder. */
  readonly folder: string;
  /** Files that have the name of a chunk and are not that chunk; at most 100. */
  readonly wrong: readonly { readonly name: string; readonly why: string }[];
}

/** Commands. Every promise rejects with a ShoalError. */
export interface EngineControl {
  /** Takes a new incarnation for the handshake (a new broker connection); connections stay. */
  setIncarnation(incarnation: Incarnation): Promise<void>;
  /** Reads and digests a file, or a folder as one tree, in bounded memory; `onDigested` events tell how far it is. Rejects when it changes meanwhile. */
  digest(path: string, chunkSize?: number): Promise<ManifestJson>;
  /** Serves a file (a tree: a folder) that is complete at `path` in place. Checks size and that it has not changed since `digest`. */
  serve(manifest: ManifestJson, path: string, name?: string): Promise<void>;
  /** Serves the chunk files of a folder that match by digest; they are read once (`digested` events name the folder). */
  shareChunks(manifest: ManifestJson, folder: string, name?: string): Promise<SharedChunks>;
  /** Resolves when the download is complete (or every chunk of `only` is), rejects when it failed or was cancelled. */
  download(order: DownloadOrder): Promise<DownloadResult>;
  addSources(fileId: FileId, sources: readonly SourceAddress[]): Promise<void>;
  cancelDownload(fileId: FileId, keepPart: boolean): Promise<void>;
  /** Stops sharing a file; the file itself stays. */
  forget(fileId: FileId): Promise<void>;
  holdings(): Promise<readonly HeldFileInfo[]>;
  /** What lies directly in this folder. */
  placesIn(folder: string): Promise<readonly PlaceInfo[]>;
  /**
   * Lets one place of a file go and deletes its bytes, complete or not. What other places hold stays held; nothing is
   * reported as retracted. False when there is no such place, or when it is being filled.
   */
  discardPlace(fileId: FileId, target: string): Promise<boolean>;
  progress(): Promise<readonly DownloadProgress[]>;
  traffic(): Promise<TrafficInfo>;
  /** Bytes a second; null lifts the limit. */
  setLimits(limits: { readonly up?: number | null; readonly down?: number | null }): Promise<void>;
  /** Peers to keep a link to while nothing is transferred; replaces the ones before. */
  setNeighbours(peers: readonly SourceAddress[]): Promise<void>;
  /** Asks the linked peers for a manifest; undefined when none has it. */
  manifestFromNeighbours(fileId: FileId): Promise<ManifestJson | undefined>;
  /** Sends all that waits, closes connections, writes checkpoints. */
  stop(): Promise<void>;
}

/** What the engine reports by itself. Chunk numbers come in batches, never one message a chunk. */
export type EngineEvent =
  | {
      readonly kind: 'held';
      readonly fileId: FileId;
      readonly chunkCount: number;
      readonly ranges: readonly ChunkRange[];
    }
  /** The file changed, vanished or could not be read: it is held no more. */
  | { readonly kind: 'retracted'; readonly fileId: FileId; readonly path: string; readonly reason: string }
  | { readonly kind: 'progress'; readonly downloads: readonly DownloadProgress[] }
  | { readonly kind: 'digested'; readonly path: string; readonly bytes: number; readonly size: number }
  /** Wants more sources for this file; asked at most once a second while it lasts. Not those that could not be dialled, or are banned. */
  | { readonly kind: 'starved'; readonly fileId: FileId; readonly exclude: readonly PeerId[] }
  | {
      readonly kind: 'source-lost';
      readonly fileId: FileId;
      readonly peerId: PeerId;
      readonly incarnation: Incarnation;
      readonly name: string;
      /** True when a connection could not be made or was refused. */
      readonly unreachable: boolean;
      readonly reason: string;
    }
  | {
      readonly kind: 'source-stalled';
      readonly fileId: FileId;
      readonly peerId: PeerId;
      readonly name: string;
      readonly chunk: number;
    }
  | {
      readonly kind: 'wrong-bytes';
      readonly fileId: FileId;
      readonly peerId: PeerId;
      readonly incarnation: Incarnation;
      readonly name: string;
      readonly chunk: number;
    }
  | { readonly kind: 'neighbours'; readonly peerIds: readonly PeerId[] }
  | { readonly kind: 'trouble'; readonly error: ErrorDocument };
