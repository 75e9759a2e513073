import { z } from 'zod';
import {
  address,
  anchorName,
  bytes,
  errorDocument,
  fileId,
  fileName,
  incarnation,
  labels,
  peerId,
  peerName,
  ranges,
  sha256,
  storage,
  version,
} from './fields.js';
import { bytesFromSource } from './transfer.js';

/**
 * HTTP over the peer's control socket (unix, mode 0600), between the command line and the daemon on one machine.
 * Long calls answer with lines of JSON (NDJSON), one `LocalEvent` each; the last is `done` or `failed`.
 */
export const LOCAL_ROUTES = {
  status: '/v1/status',
  publish: '/v1/publish',
  get: '/v1/get',
  share: '/v1/share',
  limits: '/v1/limits',
  leave: '/v1/leave',
} as const;

const path = z.string().min(1).max(4_096);

export const localPublishRequest = z.object({
  /** Absolute path of a regular file, or of a folder to publish as one tree, below one of the daemon's roots. */
  path,
  name: fileName.optional(),
  chunkSize: z.number().int().positive().optional(),
});

export const localGetRequest = z.object({
  /** `music.txt`, `music.txt@2` or a file id. */
  file: z.string().min(1).max(300),
  /** Absolute path of the file (of a tree, or where `chunkFiles` is set: the folder) to write, below one of the daemon's roots. */
  output: path,
  force: z.boolean().default(false),
  /** Only these chunks: the file stays a part file that is served for what it has. */
  only: ranges.min(1).optional(),
  /** A file of its own for every chunk (`music3.txt`), and the manifest file beside them if wanted. */
  chunkFiles: z.object({ manifestFile: z.boolean() }).optional(),
  maxDownRate: z.number().int().positive().optional(),
  /** Fail when no chunk has arrived for so long. Waits for ever when left out. */
  timeoutMs: z.number().int().positive().optional(),
});

export const localShareRequest = z.object({
  /** Absolute path of a folder with chunk files: one of the daemon's roots or below one. */
  folder: path,
  /** The manifest file; the only one in the folder when left out. */
  manifestFile: path.optional(),
  /** Published under this name if the network does not know it; the name in the manifest file when left out. */
  name: fileName.optional(),
});

/** Bytes a second; null lifts a limit. */
export const localLimitsRequest = z.object({
  up: z.number().int().positive().nullable().optional(),
  down: z.number().int().positive().nullable().optional(),
});

export const localTransfer = z.object({
  fileId,
  name: fileName.optional(),
  path,
  size: bytes,
  chunkCount: z.number().int(),
  held: z.number().int(),
  state: z.enum(['downloading', 'complete', 'partial', 'failed']),
  rate: z.number(),
  sources: z.number().int(),
  /** Plain files of a tree. */
  files: z.number().int().optional(),
});
export const localStatus = z.object({
  peerId,
  incarnation,
  name: peerName,
  software: z.string(),
  networkId: z.string(),
  /** The anchor that took the last join; undefined while none has. */
  anchor: anchorName.optional(),
  connected: z.boolean(),
  reachable: z.boolean(),
  address,
  labels,
  roots: z.array(path),
  /** Where it keeps its key and records. */
  dataFolder: path.optional(),
  /** Folder of its log files; left out when it keeps none. */
  logFolder: path.optional(),
  enginePid: z.number().int().optional(),
  upRate: z.number(),
  downRate: z.number(),
  neighbours: z.number().int(),
  /** Bytes of chunks since its engine started; left out while there is none. */
  traffic: z.object({ sentBytes: bytes, receivedBytes: bytes }).optional(),
  /** What others placed here: bytes, and the cap. */
  placed: z.object({ bytes, files: z.number().int(), ...storage.shape }).optional(),
  transfers: z.array(localTransfer),
});
export type LocalStatus = z.infer<typeof localStatus>;

export const localEvent = z.discriminatedUnion('event', [
  /** Reading and digesting a file that is published. */
  z.object({ event: z.literal('digesting'), bytes, size: bytes }),
  z.object({
    event: z.literal('started'),
    fileId,
    name: fileName.optional(),
    version: version.optional(),
    size: bytes,
    chunkCount: z.number().int(),
    path,
    /** Chunks that an earlier run left verified on disk. */
    resumed: z.number().int(),
  }),
  z.object({
    event: z.literal('progress'),
    bytes,
    size: bytes,
    chunks: z.number().int(),
    chunkCount: z.number().int(),
    rate: z.number(),
    sources: z.number().int(),
  }),
  /** Something went wrong with one source and the download goes on: lost, stalled, wrong bytes. */
  z.object({
    event: z.literal('notice'),
    kind: z.enum(['source-lost', 'source-stalled', 'wrong-bytes', 'waiting', 'anchor-away', 'published']),
    message: z.string(),
    peerId: peerId.optional(),
    chunk: z.number().int().optional(),
  }),
  z.object({
    event: z.literal('done'),
    fileId,
    name: fileName.optional(),
    version: version.optional(),
    outcome: z.enum(['created', 'new-version', 'unchanged', 'downloaded', 'already-there', 'shared']),
    size: bytes,
    sha256,
    path,
    milliseconds: z.number(),
    from: z.array(bytesFromSource),
    /** Plain files of a tree. */
    files: z.number().int().optional(),
    /** The chunks that this is about, where that is not the whole file. */
    only: ranges.optional(),
  }),
  z.object({ event: z.literal('failed'), error: errorDocument }),
]);
export type LocalEvent = z.infer<typeof localEvent>;
