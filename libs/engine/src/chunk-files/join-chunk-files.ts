import { dirname, join } from 'node:path';
import { badManifest, fileError, type Manifest } from '#chunking';
import { deliver } from '../store/deliver.js';
import type { FileSystem, OpenFile } from '../store/file-system.js';
import { nodeFileSystem } from '../store/node-file-system.js';
import { removeFile } from '../store/replace-file.js';
import { checkReplaceable, detailsAt, resolveTarget } from '../store/target.js';
import { ChunkFileScan, type ChunkFileSource } from './chunk-file-scan.js';
import { JoinedDigest } from './joined-digest.js';
import { missingChunks } from './missing-chunks.js';
import { temporaryName } from './temporary-name.js';

export interface JoinOrder extends ChunkFileSource {
  readonly manifest: Manifest;
  /** Absolute path of the file to make. */
  readonly target: string;
  /** Replace a file that is there. */
  readonly force: boolean;
}

/**
 * Makes one file of the chunk files in a folder, all or nothing: a file beside the target that is given its name when it is
 * whole, checked and durable. Memory is one chunk; every chunk file is read once.
 * @returns the real path of the file
 * @throws ShoalError `not-found`, `chunk-wrong-digest` (both name the chunks), `target-exists`, `bad-path`, `disk-full`,
 * `disk-failed`, `not-allowed`, `bad-manifest` (the whole is not what it says), `cancelled`
 */
export const joinChunkFiles = async (order: JoinOrder, fs: FileSystem = nodeFileSystem): Promise<string> => {
  const target = await resolveTarget(fs, order.target);
  const there = await detailsAt(fs, target);
  if (there !== undefined) checkReplaceable(target, there, order.force);
  const temporary = join(dirname(target), temporaryName());
  try {
    const file = await fs.open(temporary, 'create');
    try {
      await fill(fs, file, order);
      await file.sync();
      await deliver(fs, { path: temporary, inode: await file.stat() }, target, order.force);
    } finally {
      await file.close();
      await removeFile(fs, temporary);
    }
    await fs.syncFolder(dirname(target));
    return target;
  } catch (error) {
    throw fileError(error, `cannot write ${target}`);
  }
};

const fill = async (fs: FileSystem, file: OpenFile, order: JoinOrder): Promise<void> => {
  const { manifest, name } = order;
  await file.truncate(manifest.size);
  const whole = new JoinedDigest(manifest, file);
  const scan = new ChunkFileScan(fs, order);
  for await (const { chunks, bytes } of scan.found()) {
    for (const chunk of chunks) {
      await file.write(bytes, manifest.offsetOf(chunk));
      await whole.take(chunk, bytes);
    }
  }
  const problem = missingChunks(scan, name);
  if (problem !== undefined) throw problem;
  if (whole.finish() === manifest.sha256) return;
  throw badManifest('every chunk is right, but the whole has not the SHA-256 that it names');
};
