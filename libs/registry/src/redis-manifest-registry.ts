import { randomUUID } from 'node:crypto';
import type { DigestAlgorithm, FileId } from '#core';
import { Manifest, type TreeShape } from '#chunking';
import type { FileRef, NameFact, RestoreOutcome } from '#contracts';
import type { Redis } from 'ioredis';
import { redisKey, type Stem } from './keys.js';
import {
  contentKey,
  DROPPED_MS,
  type FileVersion,
  type ManifestRegistry,
  type PublishOutcome,
  type UnpublishOrder,
  type UnpublishOutcome,
} from './manifest-registry.js';
import { compareNames, isLiteral, literalPrefix, matchesPattern } from './name-pattern.js';
import { AHEAD_MS, RESTORE_WINDOW_MS, type Restored } from './restoring.js';
import { list, numberIn, text, type Argument, type Reply, type ScriptRunner } from './script.js';
import { PUBLISH, UNPUBLISH } from './scripts/manifest.lua.js';
import { RESTORE } from './scripts/restore.lua.js';

/** Names looked at in one call to Redis. */
const NAMES_PER_PAGE = 500;
/** Seconds for which a repeated unpublish gets the same answer: longer than any sender tries again. */
const ANSWER_SECONDS = 600;
/** Files that peers are to drop, names that cannot be given back; past it those that were to be forgotten first are. */
const DROPPED_MAX = 100_000;
/** No UTF-8 text contains this byte: it ends the range of names with a prefix. */
const AFTER_ANY_TEXT = Buffer.from([0xff]);

/** A version as it is kept under its name: all but the name and the number. */
type StoredVersion = Omit<FileVersion, 'name' | 'version'>;

/** Manifests in Redis: a hash per file, a hash of versions per name, and all names in one sorted set. */
export class RedisManifestRegistry implements ManifestRegistry {
  constructor(
    private readonly scripts: ScriptRunner,
    private readonly droppedMax = DROPPED_MAX,
  ) {}

  async publish(name: string, manifest: Manifest, now: number): Promise<PublishOutcome> {
    const { fileId, sha256, size, chunkSize, chunkCount, digestAlgorithm, tree } = manifest;
    const stored: StoredVersion = { fileId, size, sha256, chunkSize, chunkCount, tree, publishedAt: now };
    const content = [sha256, size, chunkSize, digestAlgorithm, Buffer.from(manifest.digests)];
    const kind = [contentKey(manifest), tree === undefined ? '' : JSON.stringify(tree)];
    const reply = await this.scripts.run(PUBLISH, name, fileId, ...content, JSON.stringify(stored), ...kind);
    const [outcome, version, json] = list(reply);
    return {
      kind: text(outcome) as PublishOutcome['kind'],
      version: versionIn(name, numberIn(version), text(json)),
    };
  }

  async unpublish(order: UnpublishOrder): Promise<UnpublishOutcome> {
    const { name, version, everywhere, requestId, now } = order;
    const until = everywhere ? now + DROPPED_MS : '';
    const times = [ANSWER_SECONDS, until, now, this.droppedMax, now + DROPPED_MS];
    return unpublishedIn(list(await this.scripts.run(UNPUBLISH, name, version ?? '', requestId, ...times)));
  }

  async dropped(fileIds: readonly FileId[], now: number): Promise<FileId[]> {
    if (fileIds.length === 0) return [];
    const until = await this.call((client) => client.zmscore(this.key('dropped'), ...fileIds));
    return fileIds.filter((_, at) => Number(until[at] ?? 0) > now);
  }

  async restore(names: readonly NameFact[], manifest: Manifest | undefined, now: number): Promise<Restored> {
    const limits = [RESTORE_WINDOW_MS, now + AHEAD_MS];
    const rows = names.flatMap((fact) => {
      const { name, version, fileId, publishedAt, learntIn } = fact;
      const json = manifest === undefined ? '' : JSON.stringify(restoredVersion(fact, manifest));
      return [name, version, fileId, publishedAt, learntIn, json];
    });
    const content = manifest === undefined ? NO_MANIFEST : manifestFields(manifest);
    const reply = await this.scripts.run(RESTORE, randomUUID(), now, ...limits, ...content, ...rows);
    const [registry, ...outcomes] = list(reply).map(text);
    return { registry: registry as string, outcomes: outcomes as RestoreOutcome[] };
  }

  async resolve(ref: FileRef): Promise<FileVersion | undefined> {
    return this.call(async (client) => {
      const wanted = 'name' in ref ? ref : await this.nameOf(client, ref.fileId);
      if (wanted === undefined) return undefined;
      const key = this.key('versions', wanted.name);
      const version = wanted.version ?? (await client.hget(key, 'latest'));
      const json = version === null ? null : await client.hget(key, String(version));
      return json === null ? undefined : versionIn(wanted.name, Number(version), json);
    });
  }

  async manifest(fileId: FileId): Promise<Manifest | undefined> {
    const stored = await this.call((client) => client.hgetallBuffer(this.key('file', fileId)));
    const { size, sha256, chunkSize, digestAlgorithm, digests, tree } = stored as Record<string, Buffer>;
    if (digests === undefined) return undefined;
    return new Manifest({
      size: Number(size),
      sha256: String(sha256),
      chunkSize: Number(chunkSize),
      digestAlgorithm: String(digestAlgorithm) as DigestAlgorithm,
      digests,
      tree: tree === undefined ? undefined : (JSON.parse(String(tree)) as TreeShape),
    });
  }

  async search(pattern: string, after: string | undefined, limit: number): Promise<FileVersion[][]> {
    const names = await this.namesLike(pattern, after, limit);
    const hashes = await this.call((client) =>
      Promise.all(names.map((name) => client.hgetall(this.key('versions', name)))),
    );
    return names.map((name, at) => versionsIn(name, hashes[at] as Record<string, string>));
  }

  private async namesLike(pattern: string, after: string | undefined, limit: number): Promise<string[]> {
    if (isLiteral(pattern)) return this.exactName(pattern, after);
    const found: string[] = [];
    const prefix = literalPrefix(pattern);
    for (let last = after; found.length < limit;) {
      const page = await this.namesFrom(prefix, last);
      found.push(...page.filter((name) => matchesPattern(pattern, name)));
      if (page.length < NAMES_PER_PAGE) break;
      last = page.at(-1);
    }
    return found.slice(0, limit);
  }

  private async exactName(name: string, after: string | undefined): Promise<string[]> {
    if (after !== undefined && compareNames(name, after) <= 0) return [];
    const known = await this.call((client) => client.exists(this.key('versions', name)));
    return known === 1 ? [name] : [];
  }

  private namesFrom(prefix: string, after: string | undefined): Promise<string[]> {
    const fromAfter = after !== undefined && compareNames(after, prefix) >= 0;
    const first = fromAfter ? `(${after}` : `[${prefix}`;
    const last = Buffer.concat([Buffer.from(`(${prefix}`), AFTER_ANY_TEXT]);
    return this.call((client) =>
      client.zrangebylex(this.key('names'), first, last, 'LIMIT', 0, NAMES_PER_PAGE),
    );
  }

  private async nameOf(
    client: Redis,
    fileId: FileId,
  ): Promise<{ name: string; version: string } | undefined> {
    const [name, version] = await client.hmget(this.key('file', fileId), 'name', 'version');
    return name && version ? { name, version } : undefined;
  }

  private call<T>(commands: (client: Redis) => Promise<T>): Promise<T> {
    return this.scripts.connection.call(commands);
  }

  private key(stem: Stem, ...ids: string[]): string {
    return redisKey(this.scripts.prefix, stem, ...ids);
  }
}

const NO_MANIFEST: readonly string[] = Array.from({ length: 6 }, () => '');
const manifestFields = (manifest: Manifest): Argument[] => {
  const { sha256, size, chunkSize, digestAlgorithm, digests, tree } = manifest;
  const shape = tree === undefined ? '' : JSON.stringify(tree);
  return [sha256, size, chunkSize, digestAlgorithm, Buffer.from(digests), shape];
};

const restoredVersion = ({ publishedAt }: NameFact, manifest: Manifest): StoredVersion => {
  const { fileId, size, sha256, chunkSize, chunkCount, tree } = manifest;
  return { fileId, size, sha256, chunkSize, chunkCount, tree, publishedAt, restored: true };
};

const versionIn = (name: string, version: number, json: string): FileVersion => ({
  name,
  version,
  ...(JSON.parse(json) as StoredVersion),
});

const versionsIn = (name: string, hash: Record<string, string>): FileVersion[] =>
  Object.keys(hash)
    .filter((field) => /^\d+$/.test(field))
    .map((field) => versionIn(name, Number(field), hash[field] as string))
    .sort((a, b) => a.version - b.version);

const unpublishedIn = ([latest, ...rest]: readonly Reply[]): UnpublishOutcome => {
  const removed = [];
  for (let at = 0; at < rest.length; at += 3) {
    const fileId = text(rest[at + 1]) as FileId;
    removed.push({ version: numberIn(rest[at]), fileId, gone: text(rest[at + 2]) === '1' });
  }
  return {
    removed: removed.sort((a, b) => a.version - b.version),
    latest: text(latest) === '' ? undefined : numberIn(latest),
  };
};
