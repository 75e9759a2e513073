import { ShoalError, type FileId } from '#core';
import type { ManifestJson } from '#chunking';
import type { LocalEvent } from '#contracts';
import type { EngineEvent } from '#engine';
import { findManifestFile, readManifestFile } from '#engine/chunk-files';
import type { InHand } from './in-hand.js';
import type { AnchorLink, EngineHost } from './ports.js';
import { publishName } from './publish-name.js';

export interface ShareWish {
  /** Absolute path of a folder with chunk files, already allowed. */
  readonly folder: string;
  /** The only one in the folder when left out. */
  readonly manifestFile?: string | undefined;
  readonly name?: string | undefined;
}

type Done = Extract<LocalEvent, { event: 'done' }>;
type Tell = (event: LocalEvent) => void;

/** Makes this peer a holder of the chunks that lie as files in a folder. */
export class Sharing {
  private readonly watched = new Map<string, Tell>();

  constructor(
    private readonly engine: EngineHost,
    private readonly anchors: AnchorLink,
    private readonly now: () => number,
    private readonly heldIsTold: () => Promise<void>,
    private readonly publishing: InHand,
  ) {}

  /**
   * A file that the network does not know is published under its name, after its chunks are held here: whoever learns the
   * name finds a holder.
   * @throws ShoalError `not-found` (no manifest file, no chunk), `bad-manifest`, `bad-config`
   */
  async share(wish: ShareWish, tell: Tell): Promise<Done> {
    const started = this.now();
    const { folder, manifestFile } = wish;
    const file = await (manifestFile === undefined
      ? findManifestFile(folder)
      : readManifestFile(manifestFile));
    const manifest = file.manifest.toDocument();
    const name = wish.name ?? file.name;
    const known = await this.nameOf(manifest.fileId);
    if (known === undefined && name === undefined) throw nameless();
    this.watched.set(folder, tell);
    try {
      const { ranges, wrong, chunkCount } = await this.engine.shareChunks(manifest, folder, name);
      for (const { name: wrongName, why } of wrong) {
        tell({ event: 'notice', kind: 'wrong-bytes', message: `${wrongName} is not shared: it ${why}` });
      }
      const called = await this.publishing.during(manifest.fileId, async () => {
        await this.heldIsTold();
        return known ?? (await this.publish(manifest, name as string, tell));
      });
      const all = ranges.length === 1 && ranges[0]?.start === 0 && ranges[0].end === chunkCount;
      const { fileId, size, sha256 } = manifest;
      return {
        event: 'done',
        ...{ fileId, size, sha256, ...called },
        outcome: 'shared',
        path: folder,
        milliseconds: this.now() - started,
        from: [],
        ...(all ? {} : { only: ranges.map(({ start, end }): [number, number] => [start, end]) }),
      };
    } finally {
      this.watched.delete(folder);
    }
  }

  handle(event: EngineEvent): void {
    if (event.kind !== 'digested') return;
    this.watched.get(event.path)?.({ event: 'digesting', bytes: event.bytes, size: event.size });
  }

  private async publish(
    manifest: ManifestJson,
    name: string,
    tell: Tell,
  ): Promise<{ name: string; version: number }> {
    const reply = await publishName(this.anchors, { name, manifest });
    if (reply.fileId !== manifest.fileId) {
      await this.engine.forget(manifest.fileId);
      throw cutDifferently(reply.name, reply.version);
    }
    const message = `the network did not know it: published as ${reply.name}@${reply.version}`;
    tell({ event: 'notice', kind: 'published', message });
    return { name: reply.name, version: reply.version };
  }

  /** Undefined when no name points to the file. */
  private async nameOf(fileId: FileId): Promise<{ name: string; version?: number } | undefined> {
    try {
      const body = { file: { fileId }, withManifest: false, holders: 0 };
      const { name, version } = await this.anchors.request('manifest.get', body);
      return name === undefined ? undefined : { name, ...(version === undefined ? {} : { version }) };
    } catch (error) {
      if (error instanceof ShoalError && error.code === 'not-found') return undefined;
      throw error;
    }
  }
}

const nameless = (): ShoalError =>
  new ShoalError(
    'bad-config',
    'the network does not know this file, and its manifest file has no name for it',
    {
      hint: 'Give it a name with --name.',
    },
  );

const cutDifferently = (name: string, version: number): ShoalError =>
  new ShoalError('bad-manifest', `${name}@${version} has this content, but cut into other chunks`, {
    hint: 'Join the chunk files and publish the file, or share them under another name with --name.',
  });
