import type { FileId } from '#core';
import type { Manifest } from '#chunking';
import type { FileRef } from '#contracts';
import {
  compareNames,
  contentKey,
  DROPPED_MS,
  matchesPattern,
  type FileVersion,
  type ManifestRegistry,
  type PublishOutcome,
  type UnpublishOrder,
  type UnpublishOutcome,
} from '#registry';

export class MemoryManifestRegistry implements ManifestRegistry {
  private readonly manifests = new Map<FileId, Manifest>();
  private readonly versions = new Map<string, FileVersion[]>();
  private readonly highest = new Map<string, number>();
  private readonly newestOf = new Map<FileId, FileVersion>();
  private readonly droppedUntil = new Map<FileId, number>();
  private readonly answers = new Map<string, UnpublishOutcome>();

  async publish(name: string, manifest: Manifest, now: number): Promise<PublishOutcome> {
    const versions = this.versions.get(name) ?? [];
    const latest = versions.at(-1);
    if (latest !== undefined && contentKey(latest) === contentKey(manifest))
      return { kind: 'unchanged', version: latest };
    const { fileId, size, sha256, chunkSize, chunkCount, tree } = manifest;
    const facts = { fileId, size, sha256, chunkSize, chunkCount, tree, publishedAt: now };
    const number = (this.highest.get(name) ?? 0) + 1;
    const version: FileVersion = { name, version: number, ...facts };
    this.highest.set(name, number);
    this.versions.set(name, [...versions, version]);
    this.manifests.set(fileId, manifest);
    this.newestOf.set(fileId, version);
    this.droppedUntil.delete(fileId);
    return { kind: latest === undefined ? 'created' : 'new-version', version };
  }

  async unpublish(order: UnpublishOrder): Promise<UnpublishOutcome> {
    const known = this.answers.get(order.requestId);
    if (known !== undefined) return known;
    const all = this.versions.get(order.name) ?? [];
    const goes = ({ version }: FileVersion): boolean =>
      order.version === undefined || order.version === version;
    const left = all.filter((version) => !goes(version));
    if (left.length > 0) this.versions.set(order.name, left);
    else [this.versions, this.highest].forEach((map) => map.delete(order.name));
    const removed = all.filter(goes).map((version) => this.forget(version, order));
    const outcome = { removed, latest: left.at(-1)?.version };
    if (removed.length === 0) return { removed, latest: undefined };
    this.answers.set(order.requestId, outcome);
    return outcome;
  }

  async dropped(fileIds: readonly FileId[], now: number): Promise<FileId[]> {
    return fileIds.filter((fileId) => (this.droppedUntil.get(fileId) ?? 0) > now);
  }

  async resolve(ref: FileRef): Promise<FileVersion | undefined> {
    if ('fileId' in ref) return this.newestOf.get(ref.fileId);
    const versions = this.versions.get(ref.name) ?? [];
    return ref.version === undefined
      ? versions.at(-1)
      : versions.find(({ version }) => version === ref.version);
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

  private forget(
    { version, fileId }: FileVersion,
    { everywhere, now }: UnpublishOrder,
  ): UnpublishOutcome['removed'][number] {
    const other = [...this.versions.values()].flat().find((each) => each.fileId === fileId);
    if (other !== undefined) {
      this.newestOf.set(fileId, other);
      return { version, fileId, gone: false };
    }
    this.newestOf.delete(fileId);
    this.manifests.delete(fileId);
    if (everywhere) this.droppedUntil.set(fileId, now + DROPPED_MS);
    return { version, fileId, gone: true };
  }
}
