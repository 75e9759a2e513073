import type { Command } from 'commander';
import type { Shell } from '../completion/scripts.js';
import type { Context } from '../context.js';
import type { ExitCode } from '../output/exit-codes.js';
import type { AnchorOptions } from './anchor.js';
import type { JoinOptions } from './join.js';
import type { ChunkGetOptions } from './chunk-get.js';
import type { CleanOptions } from './clean.js';
import type { DeadLetterOptions } from './dead-letters.js';
import type { DistributeOptions } from './distribute.js';
import type { CancelOptions, WatchOptions } from './distributions.js';
import type { LimitOptions } from './limit.js';
import type { LogsOptions } from './logs.js';
import type { LsOptions } from './ls.js';
import type { ManifestOptions } from './manifest.js';
import type { GetOptions, NetworkOptions, PeerOptions } from './options.js';
import type { PeerCommandOptions } from './peer.js';
import type { PublishOptions } from './publish.js';
import type { RmOptions } from './rm.js';
import type { SearchOptions } from './search.js';
import type { ShareOptions } from './share.js';
import type { SplitOptions } from './split.js';

/** Undefined: the process lives on by itself. */
type Result = Promise<ExitCode | undefined>;

/** Every command. Each is loaded when it runs, so that `--help` does not wait for what it does not need. */
export interface Commands {
  publish(file: string, options: PublishOptions, context: Context): Result;
  get(file: string, options: GetOptions, context: Context): Result;
  split(file: string, options: SplitOptions, context: Context): Result;
  join(folder: string, options: JoinOptions, context: Context): Result;
  share(folder: string, options: ShareOptions, context: Context): Result;
  chunkGet(
    file: string,
    numbers: readonly (readonly [number, number])[],
    options: ChunkGetOptions,
    context: Context,
  ): Result;
  manifest(file: string, options: ManifestOptions, context: Context): Result;
  search(pattern: string, options: SearchOptions, context: Context): Result;
  peers(options: NetworkOptions, context: Context): Result;
  status(options: PeerOptions, context: Context): Result;
  leave(options: PeerOptions, context: Context): Result;
  limit(options: LimitOptions, context: Context): Result;
  ls(pattern: string | undefined, options: LsOptions, context: Context): Result;
  rm(file: string, options: RmOptions, context: Context): Result;
  listDeadLetters(options: DeadLetterOptions, context: Context): Result;
  showDeadLetter(id: string, options: DeadLetterOptions, context: Context): Result;
  requeueDeadLetters(ids: readonly string[], options: DeadLetterOptions, context: Context): Result;
  dropDeadLetters(ids: readonly string[], options: DeadLetterOptions, context: Context): Result;
  distribute(file: string, options: DistributeOptions, context: Context): Result;
  distributions(options: NetworkOptions, context: Context): Result;
  distribution(id: string, options: WatchOptions, context: Context): Result;
  cancel(id: string, options: CancelOptions, context: Context): Result;
  retry(id: string, options: WatchOptions, context: Context): Result;
  doctor(options: PeerOptions, context: Context): Result;
  logs(options: LogsOptions, context: Context): Result;
  clean(options: CleanOptions, context: Context): Result;
  completion(shell: Shell, context: Context): Result;
  complete(words: readonly string[], program: Command, context: Context): Result;
  stopSharing(file: string, options: PeerOptions, context: Context): Result;
  peer(options: PeerCommandOptions, context: Context): Result;
  anchor(options: AnchorOptions, context: Context): Result;
}

export const commands: Commands = {
  publish: async (...args) => (await import('./publish.js')).publish(...args),
  get: async (...args) => (await import('./get.js')).get(...args),
  split: async (...args) => (await import('./split.js')).split(...args),
  join: async (...args) => (await import('./join.js')).join(...args),
  share: async (...args) => (await import('./share.js')).share(...args),
  chunkGet: async (...args) => (await import('./chunk-get.js')).chunkGet(...args),
  manifest: async (...args) => (await import('./manifest.js')).manifest(...args),
  search: async (...args) => (await import('./search.js')).search(...args),
  peers: async (...args) => (await import('./peers.js')).peers(...args),
  status: async (...args) => (await import('./local.js')).status(...args),
  leave: async (...args) => (await import('./local.js')).leave(...args),
  limit: async (...args) => (await import('./limit.js')).limit(...args),
  ls: async (...args) => (await import('./ls.js')).ls(...args),
  rm: async (...args) => (await import('./rm.js')).rm(...args),
  listDeadLetters: async (...args) => (await import('./dead-letters.js')).listDeadLetters(...args),
  showDeadLetter: async (...args) => (await import('./dead-letters.js')).showDeadLetter(...args),
  requeueDeadLetters: async (...args) => (await import('./dead-letters.js')).requeueDeadLetters(...args),
  dropDeadLetters: async (...args) => (await import('./dead-letters.js')).dropDeadLetters(...args),
  distribute: async (...args) => (await import('./distribute.js')).distribute(...args),
  distributions: async (...args) => (await import('./distributions.js')).distributions(...args),
  distribution: async (...args) => (await import('./distributions.js')).distribution(...args),
  cancel: async (...args) => (await import('./distributions.js')).cancel(...args),
  retry: async (...args) => (await import('./distributions.js')).retry(...args),
  doctor: async (...args) => (await import('./doctor.js')).doctor(...args),
  logs: async (...args) => (await import('./logs.js')).logs(...args),
  clean: async (...args) => (await import('./clean.js')).clean(...args),
  completion: async (...args) => (await import('./completion.js')).completion(...args),
  complete: async (...args) => (await import('./completion.js')).complete(...args),
  stopSharing: async (...args) => (await import('./stop-sharing.js')).stopSharing(...args),
  peer: async (...args) => (await import('./peer.js')).peer(...args),
  anchor: async (...args) => (await import('./anchor.js')).anchor(...args),
};
