import type { FileId } from '#core';
import type { Manifest } from '#chunking';
import type { FileRef, NameFact, RestoreOutcome } from '#contracts';
import {
  AHEAD_MS,
  compareNames,
  contentKey,
  DROPPED_MS,
  matchesPattern,
  RESTORE_WINDOW_MS,
  type FileVersion,
  type ManifestRegistry,
  type PublishOutcome,
  type RegistryIdentity,
  type RegistryLife,
  type Restored,
  type UnpublishOrder,
  type UnpublishOutcome,
} from '#registry';

interface Name {
  /** Ascending. */
  readonly versions: readonly FileVersion[];
  readonly latest: number;
  readonly highest: number;
}

export class MemoryManifestRegistry implements ManifestRegistry {
  private readonly manifests = new Map<FileId, Manifest>();
  private readonly names = new Map<string, Name>();
  private readonly calledBy = new Map<FileId, FileVersion>();
  private readonly droppedUntil = new Map<FileId, number>();
  private readonly removedUntil = new Map<string, number>();
  private readonly answers = new Map<string, UnpublishOutcome>();

  constructor(private readonly identity: RegistryIdentity) {}

  async publish(name: string, manifest: Manifest, now: number): Promise<PublishOutcome> {
    const known = this.names.get(name);
    const latest = this.latestOf(name);
    if (latest !== undefined && contentKey(latest) === contentKey(manifest))
      return { kind: 'unchanged', version: latest };
    const number = (known?.highest ?? 0) + 1;
    const version = versionOf(name, number, manifest, now);
    const versions = [...(known?.versions ?? []), version];
    this.names.set(name, { versions, latest: number, highest: number });
    this.manifests.set(manifest.fileId, manifest);
    this.calledBy.set(manifest.fileId, version);
    this.droppedUntil.delete(manifest.fileId);
    return { kind: latest === undefined ? 'created' : 'new-version', version };
  }

  async unpublish(order: UnpublishOrder): Promise<UnpublishOutcome> {
    const { name, requestId, now } = order;
    const known = this.answers.get(requestId);
    if (known !== undefined) return known;
    const before = this.names.get(name);
    const goes = ({ version }: FileVersion): boolean =>
      order.version === undefined || order.version === version;
    const left = (before?.versions ?? []).filter((version) => !goes(version));
    if (before === undefined || left.length === before.versions.length)
      return { removed: [], latest: undefined };
    const stays = left.some(({ version }) => version === before.latest);
    const latest = stays ? before.latest : left.at(-1)?.version;
    if (latest === undefined) this.names.delete(name);
    else this.names.set(name, { versions: left, latest, highest: before.highest });
    const removed = before.versions.filter(goes).map((version) => this.forget(version, order));
    for (const { version } of removed) this.removedUntil.set(`${version} ${name}`, now + DROPPED_MS);
    const outcome = { removed, latest };
    this.answers.set(requestId, outcome);
    return outcome;
  }

  async restore(names: readonly NameFact[], manifest: Manifest | undefined, now: number): Promise<Restored> {
    const life = await this.identity.current(now);
    return { registry: life.id, outcomes: names.map((fact) => this.restoreOne(fact, manifest, life, now)) };
  }

  async dropped(fileIds: readonly FileId[], now: number): Promise<FileId[]> {
    return fileIds.filter((fileId) => (this.droppedUntil.get(fileId) ?? 0) > now);
  }

  async resolve(ref: FileRef): Promise<FileVersion | undefined> {
    if ('fileId' in ref) return this.calledBy.get(ref.fileId);
    return ref.version === undefined ? this.latestOf(ref.name) : this.versionOf(ref.name, ref.version);
  }

  async manifest(fileId: FileId): Promise<Manifest | undefined> {
    return this.manifests.get(fileId);
  }

  async search(pattern: string, after: string | undefined, limit: number): Promise<FileVersion[][]> {
    const names = [...this.names.keys()].filter((name) => matchesPattern(pattern, name));
    const later = names.filter((name) => after === undefined || compareNames(name, after) > 0);
    return later
      .sort(compareNames)
      .slice(0, limit)
      .map((name) => [...(this.names.get(name) as Name).versions]);
  }

  private latestOf(name: string): FileVersion | undefined {
    const known = this.names.get(name);
    return known === undefined ? undefined : this.versionOf(name, known.latest);
  }

  private versionOf(name: string, number: number): FileVersion | undefined {
    return this.names.get(name)?.versions.find(({ version }) => version === number);
  }

  private restoreOne(
    fact: NameFact,
    manifest: Manifest | undefined,
    { id, began }: RegistryLife,
    now: number,
  ): RestoreOutcome {
    const { name, version, fileId, publishedAt } = fact;
    const before = this.versionOf(name, version);
    if (before !== undefined) {
      const open = before.restored === true && now - began <= RESTORE_WINDOW_MS;
      const later =
        publishedAt > before.publishedAt || (publishedAt === before.publishedAt && fileId > before.fileId);
      if (!open || !later) return before.fileId === fileId ? 'known' : 'conflict';
    } else if (fact.learntIn === id || this.isRemoved(fact, now)) return 'removed';
    if (publishedAt > now + AHEAD_MS) return 'conflict';
    if (manifest === undefined) return 'wanted';
    this.store(fact, manifest, before);
    return 'restored';
  }

  private isRemoved({ name, version, fileId }: NameFact, now: number): boolean {
    const until = this.removedUntil.get(`${version} ${name}`) ?? this.droppedUntil.get(fileId) ?? 0;
    return until > now;
  }

  private store(fact: NameFact, manifest: Manifest, before: FileVersion | undefined): void {
    const { name, version: number, publishedAt } = fact;
    const version = { ...versionOf(name, number, manifest, publishedAt), restored: true } as const;
    const known = this.names.get(name);
    const others = (known?.versions ?? []).filter((other) => other !== before);
    const versions = [...others, version].sort((a, b) => a.version - b.version);
    const latest = versions.reduce(newer).version;
    this.names.set(name, { versions, latest, highest: Math.max(known?.highest ?? 0, number) });
    this.manifests.set(manifest.fileId, manifest);
    if (before !== undefined) this.callFile(before.fileId);
    this.callFile(manifest.fileId);
  }

  /** What a file is called is the newest of the versions that point to it; without any it goes. */
  private callFile(fileId: FileId): void {
    const pointers = this.pointersTo(fileId);
    if (pointers.length > 0) this.calledBy.set(fileId, pointers.reduce(newer));
    else [this.calledBy, this.manifests].forEach((map) => map.delete(fileId));
  }

  private pointersTo(fileId: FileId): FileVersion[] {
    return [...this.names.values()].flatMap(({ versions }) =>
      versions.filter((version) => version.fileId === fileId),
    );
  }

  private forget(
    { version, fileId }: FileVersion,
    { everywhere, now }: UnpublishOrder,
  ): UnpublishOutcome['removed'][number] {
    const [other] = this.pointersTo(fileId);
    if (other !== undefined) {
      this.calledBy.set(fileId, other);
      return { version, fileId, gone: false };
    }
    this.calledBy.delete(fileId);
    this.manifests.delete(fileId);
    if (everywhere) this.droppedUntil.set(fileId, now + DROPPED_MS);
    return { version, fileId, gone: true };
  }
}

const versionOf = (name: string, version: number, manifest: Manifest, publishedAt: number): FileVersion => {
  const { fileId, size, sha256, chunkSize, chunkCount, tree } = manifest;
  return { name, version, fileId, size, sha256, chunkSize, chunkCount, tree, publishedAt };
};

/** Which of two versions is rather the latest: what was published here is newer than what was given back. */
const newer = (a: FileVersion, b: FileVersion): FileVersion => {
  const rank = ({ restored, publishedAt, version, name }: FileVersion): (number | string)[] => [
    ...[restored === true ? 0 : 1, publishedAt, version, name],
  ];
  const [x, y] = [rank(a), rank(b)];
  const at = x.findIndex((value, index) => value !== y[index]);
  return at >= 0 && (x[at] as number | string) > (y[at] as number | string) ? a : b;
};
