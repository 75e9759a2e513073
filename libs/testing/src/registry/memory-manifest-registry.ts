import type { FileId } from '#core';
import type { Manifest } from '#chunking';
import type { FileRef } from '#contracts';
import {
  compareNames,
  contentKey,
  matchesPattern,
  type FileVersion,
  type ManifestRegistry,
  type PublishOutcome,
} from '#registry';

export class MemoryManifestRegistry implements ManifestRegistry {
  private readonly manifests = new Map<FileId, Manifest>();
  private readonly newestOf = new Map<FileId, FileVersion>();
  private readonly versions = new Map<string, FileVersion[]>();

  async publish(name: string, manifest: Manifest, now: number): Promise<PublishOutcome> {
    const versions = this.versions.get(name) ?? [];
    const latest = versions.at(-1);
    if (latest !== undefined && contentKey(latest) === contentKey(manifest))
      return { kind: 'unchanged', version: latest };
    const { fileId, size, sha256, chunkSize, chunkCount, tree } = manifest;
    const facts = { fileId, size, sha256, chunkSize, chunkCount, tree, publishedAt: now };
    const version: FileVersion = { name, version: versions.length + 1, ...facts };
    this.versions.set(name, [...versions, version]);
    this.manifests.set(fileId, manifest);
    this.newestOf.set(fileId, version);
    return { kind: latest === undefined ? 'created' : 'new-version', version };
  }

  async resolve(ref: FileRef): Promise<FileVersion | undefined> {
    if ('fileId' in ref) return this.newestOf.get(ref.fileId);
    const versions = this.versions.get(ref.name) ?? [];
    return ref.version === undefined ? versions.at(-1) : versions[ref.version - 1];
  }

  async manifest(fileId: FileId): Promise<Manifest | undefined> {
    return this.manifests.get(fileId);
  }

  async search(pattern: string, after: string | undefined, limit: number): Promise<FileVersion[][]> {
    const names = [...this.versions.keys()].filter((name) => matchesPattern(pattern, name));
    const later = names.filter((name) => after === undefined || compareNames(name, after) > 0);
    return later
      .sort(compareNames)
      .slice(0, limit)
      .map((name) => this.versions.get(name) as FileVersion[]);
  }
}
